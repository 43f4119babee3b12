package bundle

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
	"pgregory.net/rapid"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/bundletest"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/deployer"
)

func TestPlainText(t *testing.T) {
	for s, want := range map[string]string{
		"":                                  "",
		"storage-class isn't for a, b (1).": "storage-class isn't for a, b (1).",
		"storage_class _a_ a__b_":           "storage_class `_a_` `a__b_`",
		`set "a:b.c=d" takes 1/2 + 50%`:     `set "a:b.c=d" takes 1/2 + 50%`,
		"a\n\n# b\r\n\tc":                   "a `#` b c",
		"in https://example.com/a.":         "in `https://example.com/a.`",
		"WWW.example.com (www.a.b)":         "`WWW.example.com` `(www.a.b)`",
		"me@example.com mailto:me@a.b @org": "`me@example.com` `mailto:me@a.b` `@org`",
		"[a](b) ![a](b) <b> &amp; a|b":      "`[a](b)` `![a](b)` `<b>` `&amp;` `a|b`",
		"` `` a`b ``a":                      "`` ` `` ``` `` ``` ``a`b`` ``` ``a ```",
		`a\b \`:                             "`a\\b` `\\`",
		"- a":                               "`-` a",
		"1. a":                              "`1.` a",
		"=== a - b 2. c":                    "`===` a - b 2. c",
		":octocat: $x$":                     "`:octocat:` `$x$`",
		"\x1b[31m a\u202eb":                 "`�[31m` `a�b`",
		"größer 日本":                         "größer 日本",
	} {
		if got := plainText(s); got != want {
			t.Errorf("%q became %s, want %s", s, got, want)
		}
	}
}

func TestCodeSpan(t *testing.T) {
	for s, want := range map[string]string{
		"": "", ">=1.34 <1.37": "`>=1.34 <1.37`", "a\nb": "`a b`", "`": "`` ` ``", "a``b": "```a``b```",
		" grep 'a  b'\tx\n": "`grep 'a  b' x`", "a`b```c``d": "````a`b```c``d````",
	} {
		if got := codeSpan(s); got != want {
			t.Errorf("%q became %s, want %s", s, got, want)
		}
	}
}

// fragments are what Markdown, by CommonMark and by GitHub's additions, makes something of.
var fragments = []string{
	"a", "b1", " ", "  ", "    ", "\n", "\n\n", "\r\n", "\t", "\u2028", "\x00", "[", "]", "](", ")", "[a](b)",
	"![", "![a](b)", "[^1]", "[a]: b", "<", ">", "<b>", "<!--", "-->", "<script>", "</a>", "<http://a.b>",
	"<a@b.c>", "&amp;", "&#35;", "#", "# ", "##", "=", "===", "---", "- ", "+ ", "* ", "1. ", "1) ", "> ", "`",
	"``", "```", "~~~", "~", "~~", "*", "**", "_", "__", "|", "|---|", "\\", "\\`", "!", "http://",
	"https://a.b", "ftp://a.b/c", "www.", "www.a.b", "WWW.A.B", "@", "a@b.c", "mailto:", "mailto:a@b.c",
	"xmpp:a@b.c/d", ":", ".", "(", ")", "\"", "'", "$", ":tada:", "[ ] ", "[x] ", "日",
}

// hostileMarkdown generates texts of them.
func hostileMarkdown() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(fragments), 1, 12).Draw(t, "fragments"), "")
	})
}

// parsed is Markdown as GitHub reads it.
func parsed(source []byte) ast.Node {
	return goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(source))
}

// outline lists what a document consists of, but for words and code spans.
func outline(source []byte) (kinds []string) {
	_ = ast.Walk(parsed(source), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering && n.Kind() != ast.KindText && n.Kind() != ast.KindString && n.Kind() != ast.KindCodeSpan {
			kinds = append(kinds, n.Kind().String())
		}
		return ast.WalkContinue, nil
	})
	return kinds
}

// TestPlainTextIsPlain reads what becomes of hostile texts: they are words, all of them, wherever
// they stand.
func TestPlainTextIsPlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := hostileMarkdown().Draw(t, "text")
		for _, escaped := range []string{plainText(s), codeSpan(s)} {
			if escaped == "" {
				continue
			}
			source := []byte("- " + escaped + "\n")
			want := []string{"Document", "List", "ListItem", "TextBlock"}
			if diff := cmp.Diff(want, outline(source)); diff != "" {
				t.Fatalf("%q became %q: %s", s, source, diff)
			}
			if got, want := printable(wordsOf(parsed(source), source)), printable(s); got != want {
				t.Fatalf("%q became %q, which reads %q, want %q", s, source, got, want)
			}
		}
	})
}

// wordsOf is what people read of a document.
func wordsOf(document ast.Node, source []byte) string {
	var words strings.Builder
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := n.(*ast.Text); ok && entering {
			words.Write(t.Segment.Value(source))
		}
		return ast.WalkContinue, nil
	})
	return words.String()
}

// printable is a text in one line, with nothing in it that a terminal would obey.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, strings.Join(strings.Fields(s), " "))
}

// TestReadmeIsPlain puts hostile texts into all of a README that comes from a request: it consists
// of the same as with harmless ones.
func TestReadmeIsPlain(t *testing.T) {
	readme := func(t *rapid.T, params gen.CreateBundleParams, text func(string) string) []byte {
		ref := gen.ComponentRef{ // what the contract's patterns let through
			Name: "a", Namespace: "a", Order: 1, Version: "1.0.0-www.example.com",
			Chart: text("www.a__b__"), Repository: "https://www.example.com/a_b_/",
		}
		c := component.New(ref, &component.Images{})
		b := base{params: params}
		b.plan = deployer.Plan{Releases: component.Releases([]*component.Component{c})}
		if params.Repo != "" {
			b.plan.Repo = deployer.Repo{URL: text("repo"), Path: text("path"), Revision: text("revision")}
		}
		b.params.Mirror = text("mirror")
		b.recipe.Metadata.Version = text("version")
		b.recipe.Criteria.Service = gen.Service(text("service"))
		b.recipe.Constraints = gen.Constraints{"os": {"id": text("constraint")}}
		b.recipe.Preconditions = []gen.Precondition{
			{Text: text("precondition"), Why: text("reason"), Source: text("source"), Command: text("command"),
				Check: text("check")},
			{Text: text("other precondition"), Why: text("other reason"), Source: text("other source")},
		}
		r, err := b.newReadme([]string{text("first warning"), text("second warning")})
		if err != nil {
			t.Fatal(err)
		}
		return r.file.Data()
	}
	forms := bundletest.EveryDeployer()
	rapid.Check(t, func(t *rapid.T) {
		params := forms[rapid.SampledFrom(slices.Sorted(maps.Keys(forms))).Draw(t, "form")]
		want := outline(readme(t, params, func(string) string { return "plain" }))
		source := readme(t, params, func(name string) string {
			if strings.Contains(name, "www.") { // a chart's name
				return name
			}
			return "x" + hostileMarkdown().Draw(t, name)
		})
		if got := outline(source); !slices.Equal(want, got) {
			t.Fatalf("%s\nin:\n%s", cmp.Diff(want, got), source)
		}
	})
}
