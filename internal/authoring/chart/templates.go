package chart

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template/parse"

	"github.com/NVIDIA/cloud-native-stack/internal/valuepath"
)

// trees are parsed templates by name. Charts and subcharts share the names that they define; of
// several with one name any may count.
type trees map[string][]*parse.Tree

// maxNesting ends templates that call themselves with ever longer arguments, maxCalls those that
// call ever more others.
const (
	maxNesting = 5
	maxCalls   = 20000
)

// parse parses the text of a template and adds what it defines.
func (t trees) parse(name, text string) (*parse.Tree, error) {
	tree, defined := parse.New(name), map[string]*parse.Tree{}
	tree.Mode = parse.SkipFuncCheck
	if _, err := tree.Parse(text, "", "", defined); err != nil {
		return nil, err
	}
	delete(defined, name) // the text itself, which has no name to call it by
	for _, name := range slices.Sorted(maps.Keys(defined)) {
		t[name] = append(t[name], defined[name])
	}
	return tree, nil
}

// reader follows the templates of one chart and notes which values they read.
type reader struct {
	taken    *valuepath.Paths
	defaults map[string]any // what the chart has without values of a user
	defined  trees
	seen     map[string]bool // named templates by what they were called with
	called   map[string]bool // named templates
	nesting  map[string]int  // of those that are being followed
	hashing  bool            // whether only a checksum is made of what is read
	dynamic  bool            // whether a template is called by a name that isn't known
}

// scope is what names mean somewhere in a template.
type scope struct {
	dot       value
	variables map[string]*value
}

// block returns the scope of a block. It can assign to the variables of the outer one.
func (s scope) block() scope { return scope{s.dot, maps.Clone(s.variables)} }

// follow follows a template from its root.
func (r *reader) follow(tree *parse.Tree, dot value) {
	r.walk(tree.Root, scope{dot, map[string]*value{"$": &dot}})
}

// readText follows a text that is a template for all we know.
func (r *reader) readText(text string, dot value) {
	if !strings.Contains(text, "{{") {
		return
	}
	if tree, err := r.defined.parse("text", text); err == nil {
		r.follow(tree, dot)
	}
}

func (r *reader) walk(node parse.Node, s scope) {
	switch n := node.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, child := range n.Nodes {
			r.walk(child, s)
		}
	case *parse.ActionNode:
		v := r.pipe(n.Pipe, s)
		r.touch(v)
		if len(n.Pipe.Decl) == 0 {
			r.openWhole(v)
		}
	case *parse.TemplateNode:
		dot := value{}
		if n.Pipe != nil {
			dot = r.pipe(n.Pipe, s)
		}
		r.call(n.Name, dot)
	case *parse.IfNode:
		inner := s.block()
		r.touch(r.pipe(n.Pipe, inner))
		r.branches(n.BranchNode, inner, s)
	case *parse.WithNode:
		inner := s.block()
		inner.dot = r.pipe(n.Pipe, inner)
		r.touch(inner.dot)
		r.branches(n.BranchNode, inner, s)
	case *parse.RangeNode:
		r.loop(n.BranchNode, s)
	}
}

func (r *reader) branches(n parse.BranchNode, inner, outer scope) {
	r.walk(n.List, inner)
	if n.ElseList != nil {
		r.walk(n.ElseList, outer.block())
	}
}

// loop follows the body of a range twice, because what it assigns may be read at its beginning.
func (r *reader) loop(n parse.BranchNode, s scope) {
	inner := s.block()
	over := r.pipe(&parse.PipeNode{Cmds: n.Pipe.Cmds}, inner)
	key, element := r.loopOver(over)
	for i, d := range n.Pipe.Decl {
		v := element
		if i == 0 && len(n.Pipe.Decl) == 2 {
			v = key
		}
		inner.variables[d.Ident[0]] = &v
	}
	inner.dot = element
	r.walk(n.List, inner)
	r.branches(n, inner, s)
}

// pipe returns the value of a pipeline.
func (r *reader) pipe(n *parse.PipeNode, s scope) value {
	outer := r.hashing
	r.hashing = outer || slices.ContainsFunc(n.Cmds, isHash)
	var piped []value
	for _, command := range n.Cmds {
		piped = []value{r.command(command, piped, s)}
	}
	r.hashing = outer
	v := union(piped...)
	for _, d := range n.Decl {
		if known := s.variables[d.Ident[0]]; n.IsAssign && known != nil {
			*known = union(*known, v)
		} else {
			declared := piped[0] // a dict as it is, so that set can change it
			s.variables[d.Ident[0]] = &declared
		}
	}
	return v
}

// isHash reports whether a command makes a checksum of its arguments.
func isHash(n *parse.CommandNode) bool {
	function, ok := n.Args[0].(*parse.IdentifierNode)
	return ok && strings.HasSuffix(function.Ident, "sum")
}

func (r *reader) command(n *parse.CommandNode, piped []value, s scope) value {
	function, ok := n.Args[0].(*parse.IdentifierNode)
	if !ok && len(n.Args) == 1 {
		return r.operand(n.Args[0], s)
	}
	var args []value
	for _, arg := range n.Args[1:] {
		args = append(args, r.operand(arg, s))
	}
	args = append(args, piped...)
	for _, arg := range args {
		r.touch(arg)
	}
	if !ok { // a method, as in .Files.Get
		r.touch(r.operand(n.Args[0], s))
		return value{}
	}
	return r.function(function.Ident, args)
}

// operand returns the value of an argument.
func (r *reader) operand(node parse.Node, s scope) value {
	switch n := node.(type) {
	case *parse.DotNode:
		return s.dot
	case *parse.FieldNode:
		return s.dot.field(n.Ident...)
	case *parse.VariableNode:
		if v := s.variables[n.Ident[0]]; v != nil {
			return v.field(n.Ident[1:]...)
		}
	case *parse.ChainNode:
		return r.operand(n.Node, s).field(n.Field...)
	case *parse.PipeNode:
		return r.pipe(n, s)
	case *parse.IdentifierNode:
		return r.function(n.Ident, nil)
	case *parse.StringNode:
		return text(n.Text)
	case *parse.NumberNode:
		return text(n.Text)
	}
	return value{}
}

// call follows a named template, once for each value that it is called with.
func (r *reader) call(name string, dot value) {
	r.called[name] = true
	key := fmt.Sprint(name, r.hashing, dot)
	if r.seen[key] {
		return
	}
	r.seen[key] = true
	if r.defined[name] == nil || r.nesting[name] == maxNesting || len(r.seen) > maxCalls {
		r.open(dot)
		return
	}
	r.nesting[name]++
	for _, tree := range r.defined[name] {
		r.follow(tree, dot)
	}
	r.nesting[name]--
}
