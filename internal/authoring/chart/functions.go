package chart

import (
	"slices"
	"strings"
)

// function returns what a function of Helm's templates makes of its arguments, and notes what it
// reads or passes on. One that isn't known may read all that is below its arguments.
func (r *reader) function(name string, args []value) value {
	name = withoutMust(name)
	if result := pure(name, len(args)); result != nil {
		return result(args)
	}
	all := value{items: args}
	switch name {
	case "toYaml", "toYamlPretty", "toJson", "toPrettyJson", "toRawJson", "toToml":
		r.open(all)
		r.openWhole(all)
	case "include":
		if len(args) == 2 {
			r.include(args[0], args[1])
		}
	case "tpl":
		if len(args) == 2 {
			r.template(args[0], args[1])
		}
	case "set":
		if len(args) == 3 {
			return r.set(args[0], args[1], args[2])
		}
	case "keys", "values":
		var list value
		for _, arg := range args {
			key, element := r.loopOver(arg)
			if name == "keys" {
				element = key
			}
			list = union(list, value{items: []value{element}})
		}
		return list
	case "index", "get", "hasKey", "dig", "pluck", "first", "last":
		return r.lookUp(name, args)
	default:
		if !readsText(name) {
			r.open(all)
		}
	}
	return value{}
}

// withoutMust names the function that one with must in front of its name is.
func withoutMust(name string) string {
	rest, ok := strings.CutPrefix(name, "must")
	if !ok || rest == "" {
		return name
	}
	return strings.ToLower(rest[:1]) + rest[1:]
}

// lookUp returns what functions find by keys.
func (r *reader) lookUp(name string, args []value) value {
	last := len(args) - 1
	var found value
	switch {
	case last < 0:
	case name == "first":
		found = r.member(args[0], text("0"))
	case name == "last":
		found = r.member(args[0], value{})
	case name == "pluck":
		for _, dict := range args[1:] {
			found = union(found, r.member(dict, args[0]))
		}
		found = value{items: []value{found}}
	case name == "dig" && last >= 2:
		found = union(r.member(args[last], args[:last-1]...), args[last-1])
	default:
		found = r.member(args[0], args[1:]...)
	}
	r.touch(found)
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

// pure returns what functions do that put their arguments together or pass them on, nil for others.
func pure(name string, args int) func([]value) value {
	switch name {
	case "and", "or", "default", "coalesce", "deepCopy", "merge", "mergeOverwrite", "concat", "compact", "uniq":
		return func(args []value) value { return union(args...) }
	case "reverse", "rest", "initial":
		return bagOf
	case "list", "tuple":
		return func(args []value) value { return value{items: args} }
	case "dict":
		return dictOf
	case "print", "printf":
		return filesOf
	}
	if args == 0 {
		return nil
	}
	switch name {
	case "without", "omit", "unset":
		return func(args []value) value { return args[0] }
	case "slice":
		return func(args []value) value { return bagOf(args[:1]) }
	case "append", "prepend":
		return func(args []value) value { return bagOf([]value{args[0], {items: args[1:]}}) }
	case "pick":
		return func(args []value) value { return args[0].pick(args[1:]) }
	case "required":
		return func(args []value) value { return args[len(args)-1] }
	case "ternary":
		return func(args []value) value { return union(args[:len(args)-1]...) }
	}
	return nil
}

// bagOf returns a list of all that lists have, in any order.
func bagOf(lists []value) value {
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
	var v value
	for _, arg := range args {
		for _, path := range arg.paths {
			if len(path) > 0 && path[len(path)-1] == "BasePath" {
				v.paths = append(v.paths, path)
			}
		}
	}
	return v
}

// readsText reports whether what is below the arguments of a function doesn't matter to it: it
// takes text or numbers, or only compares, counts or tests.
func readsText(name string) bool { return slices.Contains(strings.Fields(textFunctions), name) }

const textFunctions = `
	abbrev abs add add1 add1f addf adler32sum atoi b32dec b32enc b64dec b64enc base bcrypt camelcase cat ceil
	clean contains date dateInZone decryptAES derivePassword dir div divf duration durationRound empty encryptAES
	eq ext fail float64 floor fromJson fromJsonArray fromYaml fromYamlArray ge genCA genCAWithKey genPrivateKey
	genSelfSignedCert genSignedCert getHostByName gt has hasPrefix hasSuffix html htmlDate htpasswd indent
	initials int int64 isAbs join js kebabcase kindIs kindOf le len lookup lower lt max maxf min minf mod mul mulf
	ne nindent nospace not now plural quote randAlpha randAlphaNum randAscii randInt randNumeric regexFind
	regexFindAll regexMatch regexQuoteMeta regexReplaceAll regexReplaceAllLiteral regexSplit repeat replace round
	semver semverCompare seq sha1sum sha256sum sha512sum shuffle snakecase sortAlpha split splitList splitn squote
	sub subf substr swapcase title toDate toDecimal toString toStrings trim trimAll trimPrefix trimSuffix trunc
	typeIs typeIsLike typeOf unixEpoch until untilStep untitle upper urlParse urlquery uuidv4 wrap wrapWith
`
