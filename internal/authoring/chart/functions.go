package chart

import (
	"slices"
	"strings"
)

// function returns what a function of Helm's templates makes of its arguments, and notes what it reads or passes on. One that isn't known
// may read all that is below its arguments.
func (r *reader) function(name string, args []value) value {
	name = withoutMust(name)
	if f, ok := pure[name]; ok && len(args) >= f.args {
		return f.result(args)
	}
	switch name {
	case "toYaml", "toYamlPretty", "toJson", "toPrettyJson", "toRawJson", "toToml":
		for _, arg := range args {
			r.open(arg)
			r.openWhole(arg)
		}
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
		if !readsText[name] {
			for _, arg := range args {
				r.open(arg)
			}
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

// include follows the templates that a name may mean. Files of templates are followed anyway; names that are put together aren't known.
func (r *reader) include(name, dot value) {
	for _, n := range name.texts {
		r.call(n, dot)
	}
	isFile := slices.ContainsFunc(name.places, func(place []string) bool { return slices.Contains(place, "BasePath") })
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

// set changes a dict, in place because it may have several names. What is put into anything else can turn up anywhere.
func (r *reader) set(dict, key, v value) value {
	for _, k := range key.texts {
		if dict.fields != nil {
			dict.fields[k] = union(dict.fields[k], v)
		}
	}
	if dict.fields == nil || len(key.texts) == 0 || len(dict.places) > 0 {
		r.open(v)
	}
	return dict
}

// pure are functions that put their arguments together or pass them on, from a number of arguments on.
var pure = map[string]struct {
	args   int
	result func(args []value) value
}{
	"and":            {0, allOf},
	"or":             {0, allOf},
	"default":        {0, allOf},
	"coalesce":       {0, allOf},
	"deepCopy":       {0, allOf},
	"merge":          {0, allOf},
	"mergeOverwrite": {0, allOf},
	"concat":         {0, allOf},
	"compact":        {0, allOf},
	"uniq":           {0, allOf},
	"reverse":        {0, bagOf},
	"rest":           {0, bagOf},
	"initial":        {0, bagOf},
	"without":        {1, firstOf},
	"slice":          {1, func(args []value) value { return bagOf(args[:1]) }},
	"append":         {1, func(args []value) value { return bagOf([]value{args[0], {items: args[1:]}}) }},
	"prepend":        {1, func(args []value) value { return bagOf([]value{args[0], {items: args[1:]}}) }},
	"omit":           {1, firstOf},
	"unset":          {1, firstOf},
	"pick":           {1, func(args []value) value { return args[0].pick(args[1:]) }},
	"required":       {1, func(args []value) value { return args[len(args)-1] }},
	"ternary":        {1, func(args []value) value { return union(args[:len(args)-1]...) }},
	"list":           {0, func(args []value) value { return value{items: args} }},
	"tuple":          {0, func(args []value) value { return value{items: args} }},
	"dict":           {0, dictOf},
	"print":          {0, filesOf},
	"printf":         {0, filesOf},
}

func allOf(args []value) value   { return union(args...) }
func firstOf(args []value) value { return args[0] }

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
		for _, place := range arg.places {
			if len(place) > 0 && place[len(place)-1] == "BasePath" {
				v.places = append(v.places, place)
			}
		}
	}
	return v
}

// readsText has the functions whose arguments have nothing below them: text, numbers, and what they only compare, count or test.
var readsText = setOf(`abbrev abs add add1 add1f addf adler32sum atoi b32dec b32enc b64dec b64enc base bcrypt camelcase cat ceil clean contains
	date dateInZone decryptAES derivePassword dir div divf duration durationRound empty encryptAES eq ext fail float64 floor fromJson
	fromJsonArray fromYaml fromYamlArray ge genCA genCAWithKey genPrivateKey genSelfSignedCert genSignedCert getHostByName gt has hasPrefix
	hasSuffix html htmlDate htpasswd indent initials int int64 isAbs join js kebabcase kindIs kindOf le len lookup lower lt max maxf min minf
	mod mul mulf ne nindent nospace not now plural quote randAlpha randAlphaNum randAscii randInt randNumeric regexFind regexFindAll regexMatch
	regexQuoteMeta regexReplaceAll regexReplaceAllLiteral regexSplit repeat replace round semver semverCompare seq sha1sum sha256sum sha512sum
	shuffle snakecase sortAlpha split splitList splitn squote sub subf substr swapcase title toDate toDecimal toString toStrings trim trimAll
	trimPrefix trimSuffix trunc typeIs typeIsLike typeOf unixEpoch until untilStep untitle upper urlParse urlquery uuidv4 wrap wrapWith`)

func setOf(names string) map[string]bool {
	set := map[string]bool{}
	for name := range strings.FieldsSeq(names) {
		set[name] = true
	}
	return set
}
