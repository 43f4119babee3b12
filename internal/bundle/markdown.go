package bundle

import (
	"regexp"
	"strings"
	"unicode"
)

// plainText returns a text of a request as one line of Markdown, in which GitHub's form of it sees
// words and nothing else. A word with a character that could mean anything is put between
// backticks, where nothing means anything (CommonMark 0.31.2, section 6.1). Backslashes wouldn't
// do: GitHub makes a link of a\@b.c (its section 6.9), and pictures and formulas of :a: and $a$.
func plainText(s string) string {
	words := strings.Fields(s)
	for i, word := range words {
		if !isHarmless(word) || i == 0 && beginsBlock.MatchString(word) {
			words[i] = codeSpan(word)
		}
	}
	return strings.Join(words, " ")
}

// isHarmless reports whether a word is but letters, digits and the punctuation of sentences, and
// neither an address, which GitHub would link, nor the name of a picture between colons.
func isHarmless(word string) bool {
	for i, r := range word {
		isInside := 0 < i && i < len(word)-1
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(`.,:;'"()/%=+?!-`, r) &&
			!(r == '_' && isInside && isAlphanumeric(word[i-1]) && isAlphanumeric(word[i+1])) {
			return false
		}
	}
	return !strings.Contains(word, "://") && !strings.Contains(strings.ToLower(word), "www.") &&
		strings.Count(word, ":") < 2
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// beginsBlock finds what makes a list, heading or rule of the line that it begins (section 5.2).
var beginsBlock = regexp.MustCompile(`^([-+=]+|[0-9]+[.)])$`)

// codeSpan returns a text of a request as a code span in one line, whatever backticks it has.
// Spaces stay as many as they are: it may be a command.
func codeSpan(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return unicode.ReplacementChar
		}
		return r
	}, strings.TrimSpace(s))
	if s == "" {
		return ""
	}
	run, longest := 0, 0 // of backticks
	for _, r := range s {
		if run++; r != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " " // which isn't part of it
	}
	return fence + s + fence
}
