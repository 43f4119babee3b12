package main

import (
	"math/rand/v2"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
)

// matching returns a text that a pattern of the contract matches, of as many characters as it can
// have up to a length. It is another one for each seed.
func matching(pattern string, length int, seed uint64) (string, error) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return "", err
	}
	g := generator{random: rand.New(rand.NewPCG(seed, 1)), spare: length - least(re)}
	g.write(re)
	return g.text.String(), nil
}

// least is how many characters the shortest match has.
func least(re *syntax.Regexp) int {
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1
	case syntax.OpStar, syntax.OpQuest:
		return 0
	case syntax.OpRepeat:
		return re.Min * least(re.Sub[0])
	case syntax.OpAlternate:
		shortest := least(re.Sub[0])
		for _, sub := range re.Sub[1:] {
			shortest = min(shortest, least(sub))
		}
		return shortest
	}
	sum := 0
	for _, sub := range re.Sub {
		sum += least(sub)
	}
	return sum
}

// generator writes a match; spare are the characters that it may have beyond the shortest one.
type generator struct {
	random *rand.Rand
	text   strings.Builder
	spare  int
}

func (g *generator) write(re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpLiteral:
		g.text.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		g.text.WriteRune(g.pick(re.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		g.text.WriteRune(g.pick([]rune{'a', 'z'}))
	case syntax.OpAlternate:
		if sub := re.Sub[g.random.IntN(len(re.Sub))]; g.spare >= least(sub)-least(re) {
			g.spare -= least(sub) - least(re)
			g.write(sub)
			return
		}
		g.write(slices.MinFunc(re.Sub, func(a, b *syntax.Regexp) int { return least(a) - least(b) }))
	case syntax.OpStar:
		g.repeat(re.Sub[0], 0, -1)
	case syntax.OpPlus:
		g.repeat(re.Sub[0], 1, -1)
	case syntax.OpQuest:
		g.repeat(re.Sub[0], 0, 1)
	case syntax.OpRepeat:
		g.repeat(re.Sub[0], re.Min, re.Max)
	default:
		for _, sub := range re.Sub {
			g.write(sub)
		}
	}
}

// repeat writes at least so many, and as many as there is room for up to most, if that isn't
// negative.
func (g *generator) repeat(re *syntax.Regexp, fewest, most int) {
	size := max(1, least(re))
	for n := 0; n < fewest || g.spare >= size && (most < 0 || n < most); n++ {
		if n >= fewest {
			g.spare -= size
		}
		g.write(re)
	}
}

// pick returns a character of a class, one that needs no escape if it has such.
func (g *generator) pick(ranges []rune) rune {
	var all []rune
	for i := 0; i < len(ranges); i += 2 {
		for r := max(ranges[i], '!'); r <= min(ranges[i+1], '~'); r++ {
			all = append(all, r)
		}
	}
	var plain []rune
	for _, r := range all {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			plain = append(plain, r)
		}
	}
	if len(plain) > 0 {
		all = plain
	}
	return all[g.random.IntN(len(all))]
}
