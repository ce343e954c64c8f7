package phone

import (
	"cmp"
	"iter"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pai-notify/pai-notify/shared/message"
)

// MostSpoken is how long one reading of a call may last. Who is woken takes in no
// more.
const MostSpoken = 12 * time.Second

// pace is how long a voice of one language takes: measured with espeak-ng at its
// usual speed, over names of jobs and the sentences of calls, and rounded up.
type pace struct {
	// breath is before and after all, word before each word of letters.
	breath, word, comma, stop time.Duration
	// spelled is a letter that is said by its name, and letter one within a word
	// that can be said.
	letter, spelled, digit time.Duration
	// han and kana are characters of Chinese and Japanese.
	han, kana time.Duration
	// turn is before characters of Chinese that follow others.
	turn time.Duration
}

// foreign is for the letters of any other script, which voices of these languages
// say by their names, and mark for what stands above and below them.
const (
	foreign = 850 * time.Millisecond
	mark    = 1200 * time.Millisecond
)

func paceOf(l message.Language) pace {
	const ms = time.Millisecond
	switch l {
	case message.Chinese:
		return pace{breath: 420 * ms, comma: 160 * ms, stop: 350 * ms, letter: 90 * ms, spelled: 250 * ms, digit: 380 * ms, han: 360 * ms, kana: 750 * ms}
	case message.Japanese:
		return pace{breath: 380 * ms, comma: 270 * ms, stop: 300 * ms, letter: 290 * ms, spelled: 320 * ms, digit: 420 * ms, han: 900 * ms, kana: 120 * ms, turn: 700 * ms}
	}
	return pace{breath: 500 * ms, word: 100 * ms, comma: 100 * ms, stop: 400 * ms, letter: 60 * ms, spelled: 200 * ms, digit: 400 * ms, han: 700 * ms, kana: 750 * ms}
}

// Lasts estimates how long a voice of the language takes to read a text.
func Lasts(text string, l message.Language) time.Duration {
	p := paceOf(l)
	return p.breath + p.takes(text)
}

func (p pace) takes(text string) time.Duration {
	var sum time.Duration
	chinese := false
	for rest := text; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		if latin(r) {
			size = strings.IndexFunc(rest, func(r rune) bool { return !latin(r) })
			if size < 0 {
				size = len(rest)
			}
			sum += p.letters(rest[:size])
		} else {
			sum += p.character(r)
		}
		now := han(r)
		if now && !chinese {
			sum += p.turn
		}
		chinese = now
		rest = rest[size:]
	}
	return sum
}

// letters is a word, or what of it stands between digits. Without a vowel it is
// spelled.
func (p pace) letters(word string) time.Duration {
	each := p.letter
	if !strings.ContainsAny(word, "aeiouyAEIOUY") {
		each = p.spelled
	}
	return p.word + each*time.Duration(utf8.RuneCountInString(word))
}

func (p pace) character(r rune) time.Duration {
	switch {
	case r == ' ':
		return 0
	case digit(r):
		return p.digit
	case han(r):
		return p.han
	case kana(r):
		return p.kana
	case r == '.' || r == '。':
		return p.stop
	case strings.ContainsRune(",，、:：", r):
		return p.comma
	case unicode.IsMark(r):
		return mark
	case spoken(r):
		return foreign
	}
	return 0
}

// The characters of each kind; most texts need no table of Unicode for them.
func digit(r rune) bool { return '0' <= r && r <= '9' }

func latin(r rune) bool {
	if r < unicode.MaxASCII {
		return letter(byte(r))
	}
	return r < 0x2000 && unicode.Is(unicode.Latin, r)
}

func kana(r rune) bool { return 0x3041 <= r && r <= 0x30FF }

func han(r rune) bool {
	return 0x4E00 <= r && r <= 0x9FFF || r > 0x2E7F && unicode.Is(unicode.Han, r)
}

func spoken(r rune) bool {
	return latin(r) || digit(r) || kana(r) && r != '・' || han(r) || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// Heard makes a text one that a voice can read to the end in about that time: it
// is words alone, without signs. What would be spelled, such as an id or a long
// number, is cut to its last characters, by which people tell two apart. Words
// that do not fit are left out with what follows.
func Heard(text string, l message.Language, most time.Duration) string {
	if l == message.Japanese {
		text = sounded(text)
	}
	var out strings.Builder
	counted := 0 // where the last word begins, if it is a number that others go before
	p, left := paceOf(l), most
	for word := range words(text) {
		said := spellable(word)
		takes := p.takes(said)
		if takes > left {
			// A part of a word of letters says nothing, unless it is all there is.
			part := p.fitting(said, left)
			switch {
			case out.Len() == 0:
				out.WriteString(cmp.Or(part, firstOf(said)))
			case startsLatin(said):
			case part == "" && counted > 0:
				return strings.TrimSpace(out.String()[:counted]) // the number of what is not said
			default:
				out.WriteString(" " + part)
			}
			break
		}
		left -= takes
		counted = 0
		if strings.Trim(said, "0123456789") == "" {
			counted = out.Len()
		}
		out.WriteString(" " + said)
	}
	return strings.TrimSpace(out.String())
}

// HeardEnd is [Heard] for a text of ours that says what happened, such as "DLC job
// status Failed": where there is no time for all, its last words are what counts.
func HeardEnd(text string, l message.Language, most time.Duration) string {
	const longest = 300 // bytes; ours are shorter, and each word is tried
	for end, ok := text, len(text) <= longest; ok; _, end, ok = strings.Cut(end, " ") {
		// What is left of a Japanese title may begin with the word that joined the two.
		if heard := Heard(strings.TrimPrefix(end, "の"), l, time.Hour); heard != "" && paceOf(l).takes(heard) <= most {
			return heard
		}
	}
	return Heard(text, l, most)
}

func startsLatin(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return latin(r) || digit(r)
}

// Ran says how long it ran; "" where the event does not tell.
func Ran(m message.Message) string {
	words := message.InWords(m.Ran, m.Language)
	if m.Language == message.Japanese {
		return strings.ReplaceAll(sounded(words), " ", "")
	}
	return words
}

// words gives the words of a text: Latin letters with digits, and letters of other
// scripts, without a break.
func words(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		start, ours := -1, false
		for i, r := range text + " " {
			plain := latin(r) || digit(r)
			part := plain || spoken(r) || start >= 0 && unicode.IsMark(r)
			if start >= 0 && (!part || plain != ours) {
				if !yield(text[start:i]) {
					return
				}
				start = -1
			}
			if part && start < 0 {
				start, ours = i, plain
			}
		}
	}
}

// A word with more changes between letters and digits than these is an id and no
// name, and a longer number is said digit by digit or in millions.
const (
	mostChanges = 3
	mostNumber  = 4
	tail        = 4
)

// spellable cuts what a voice would spell.
func spellable(word string) string {
	if !strings.ContainsAny(word, "0123456789") {
		return word
	}
	runes := []rune(word)
	changes, number, longest := 0, 0, 0
	for i, r := range runes {
		if i > 0 && digit(r) != digit(runes[i-1]) {
			changes++
			number = 0
		}
		if digit(r) {
			number++
		}
		longest = max(longest, number)
	}
	if changes > mostChanges || longest > mostNumber {
		return string(runes[len(runes)-tail:])
	}
	return word
}

// fitting is as much of a word as there is time for.
func (p pace) fitting(word string, most time.Duration) string {
	end := 0
	for i, r := range word {
		if p.takes(word[:i+utf8.RuneLen(r)]) > most {
			break
		}
		end = i + utf8.RuneLen(r)
	}
	return word[:end]
}

func firstOf(word string) string {
	_, size := utf8.DecodeRuneInString(word)
	return word[:size]
}
