package chart

import (
	_ "embed" // textfunctions.txt
	"slices"
	"strings"
)

// function returns what a function of Helm's templates makes of its arguments, and notes what it
// reads or passes on. Here are those that put their arguments together or pass them on.
func (r *reader) function(name string, args []value) value {
	if rest, ok := strings.CutPrefix(name, "must"); ok && rest != "" { // mustToJson is toJson
		name = strings.ToLower(rest[:1]) + rest[1:]
	}
	least := map[string]int{"include": 2, "tpl": 2, "set": 3, "dig": 3} // others take one
	if len(args) < max(least[name], 1) && name != "dict" {
		return value{}
	}
	switch name {
	case "and", "or", "default", "coalesce", "deepCopy", "merge", "mergeOverwrite", "concat", "compact", "uniq":
		return union(args...)
	case "reverse", "rest", "initial":
		return bagOf(args...)
	case "list", "tuple":
		return value{items: args}
	case "dict":
		return dictOf(args)
	case "print", "printf":
		return filesOf(args)
	case "without", "omit", "unset":
		return args[0]
	case "slice":
		return bagOf(args[0])
	case "append", "prepend":
		return bagOf(args[0], value{items: args[1:]})
	case "pick":
		return args[0].pick(args[1:])
	case "required":
		return args[len(args)-1]
	case "ternary":
		return union(args[:len(args)-1]...)
	}
	found := r.find(name, args)
	r.touch(found)
	return found
}

// find returns what functions find by keys, or change. One that isn't known may read all that is
// below its arguments.
func (r *reader) find(name string, args []value) (found value) {
	all, last := value{items: args}, len(args)-1
	switch name {
	case "toYaml", "toYamlPretty", "toJson", "toPrettyJson", "toRawJson", "toToml":
		r.open(all)
		r.openWhole(all)
	case "include":
		r.include(args[0], args[1])
	case "tpl":
		r.template(args[0], args[1])
	case "set":
		return r.set(args[0], args[1], args[2])
	case "keys", "values":
		for _, arg := range args {
			key, element := r.loopOver(arg)
			if name == "keys" {
				element = key
			}
			found = union(found, value{items: []value{element}})
		}
	case "index", "get", "hasKey":
		return r.member(args[0], args[1:]...)
	case "first":
		return r.member(args[0], text("0"))
	case "last":
		return r.member(args[0], value{})
	case "pluck":
		for _, dict := range args[1:] {
			found = union(found, r.member(dict, args[0]))
		}
		return value{items: []value{found}}
	case "dig":
		return union(r.member(args[last], args[:last-1]...), args[last-1])
	default:
		if !slices.Contains(strings.Fields(textFunctions), name) {
			r.open(all)
		}
	}
	return found
}

// include follows the templates that a name may mean. Files of templates are followed anyway; names
// that are put together aren't known.
func (r *reader) include(name, dot value) {
	for _, n := range name.texts {
		r.call(n, dot)
	}
	isFile := slices.ContainsFunc(name.paths, func(path []string) bool { return slices.Contains(path, "BasePath") })
	if len(name.texts) == 0 && !isFile {
		r.dynamic = true
		r.open(dot)
	}
}

// template follows text that is a template. What a user may write there can read all that it gets.
func (r *reader) template(source, dot value) {
	for _, t := range source.texts {
		r.readText(t, dot)
	}
	if len(source.texts) == 0 {
		r.open(dot)
	}
}

// set changes a dict, itself because it may have several names. What is put into anything else can
// turn up anywhere.
func (r *reader) set(dict, key, v value) value {
	for _, k := range key.texts {
		if dict.fields != nil {
			dict.fields[k] = union(dict.fields[k], v)
		}
	}
	if dict.fields == nil || len(key.texts) == 0 || len(dict.paths) > 0 {
		r.open(v)
	}
	return dict
}

// bagOf returns a list of all that lists have, in any order.
func bagOf(lists ...value) value {
	v := union(lists...)
	if len(v.items) > 0 {
		v.items = []value{union(v.items...)}
	}
	return v
}

func dictOf(args []value) value {
	fields := map[string]value{}
	for i := 0; i+1 < len(args); i += 2 {
		for _, key := range args[i].texts {
			fields[key] = union(fields[key], args[i+1])
		}
	}
	return value{fields: fields}
}

// filesOf tells names of template files, which begin with .Template.BasePath, from other text.
func filesOf(args []value) value {
	isOther := func(path []string) bool { return len(path) == 0 || path[len(path)-1] != "BasePath" }
	return value{paths: slices.DeleteFunc(union(args...).paths, isOther)}
}

// textFunctions are those to which it doesn't matter what is below their arguments: they take text
// or numbers, or only compare, count or test.
//
//go:embed textfunctions.txt
var textFunctions string
