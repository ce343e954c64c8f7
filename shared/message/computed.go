package message

import (
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"strconv"
	"strings"

	"github.com/pai-notify/pai-notify/shared/event"
)

const (
	// Of many values the first are named and the rest is counted.
	maxListed = 10
	// Of many failed workers the first are looked at first.
	maxWorkers = 3
	// A table of numbers is no message.
	maxScores = 5
	// A name of a worker or of a score, in bytes.
	maxItem = 64
)

var (
	// between stands between values in a line.
	between = Text{", ", "，", "、"}
	// betweenNames stands between names.
	betweenNames = Text{", ", "、", "、"}
	andMore      = Text{" and %d more", " 等 %d 个", " 他 %d 件"}
	gpuCount     = Text{"%s", "%s 卡", "%s 基"}
	gpuTerms     = Text{"%s (%s)", "%s 卡（%s）", "%s 基（%s）"}
)

// list joins the first values of several, at most most of them, and counts the
// others. Chinese counts all of them.
func list(values []string, most, count int, between Text, l Language) string {
	if count <= most+1 && count == len(values) {
		return strings.Join(values, between.In(l))
	}
	values = values[:min(len(values), most)]
	rest := count - len(values)
	if l == Chinese {
		rest = count
	}
	return strings.Join(values, between.In(l)) + fmt.Sprintf(andMore.In(l), rest)
}

// written returns a value of the event as people read it; "" for none.
func (h *happening) written(f found, u unit, l Language) string {
	if f.empty() {
		return ""
	}
	if u == gpus || u == failed || u == scores {
		f = f.opened()
	}
	switch u {
	case gpus:
		return h.gpus(f, l)
	case failed:
		return h.failedWorkers(f, l)
	case scores:
		return h.scores(f, l)
	}
	if f.many() {
		return h.each(f.path, u, l)
	}
	if f.text != "" {
		return u.written(f.text, l, h.event.Time())
	}
	if u != asItIs {
		return "" // an object is no duration and no time
	}
	return readable(f.value, l, 0)
}

// opened returns a list or an object that came as a text, as itself.
func (f found) opened() found {
	if f.text != "" && (f.text[0] == '[' || f.text[0] == '{') && !f.many() {
		if text := json.RawMessage(strings.TrimSpace(event.Read(f.value))); json.Valid(text) {
			return found{path: f.path, value: text}
		}
	}
	return f
}

// each writes the values at a path with a "*".
func (h *happening) each(path string, u unit, l Language) string {
	var values []string
	count := 0
	for value := range h.event.All(path) {
		f, _ := read(path, value)
		text := u.written(f.text, l, h.event.Time())
		if f.text == "" && u == asItIs && len(values) <= maxListed {
			text = readable(value, l, 1)
		}
		if text == "" {
			continue
		}
		if count++; len(values) <= maxListed {
			values = append(values, Clip(text, maxValue))
		}
	}
	return list(values, maxListed, count, between, l)
}

// readable writes a JSON value without its signs: a few members of it, separated
// as texts are, those of a member by spaces, and what is deeper as "…".
func readable(value json.RawMessage, l Language, depth int) string {
	const deepest = 2
	if !structured(value) {
		return clean(short(event.Read(value)))
	}
	if depth > deepest {
		return ellipsis
	}
	var values []string
	count := 0
	add := func(name string, value json.RawMessage) {
		if count >= maxListed+1 {
			count++
			return
		}
		text := readable(value, l, depth+1)
		if text == "" {
			return
		}
		count++
		values = append(values, strings.TrimSpace(clean(short(name))+" "+text))
	}
	if value[0] == '{' {
		for name, member := range event.Each(value) {
			add(name, member)
		}
	} else {
		for element := range event.Elements(value) {
			add("", element)
		}
	}
	if depth > 0 {
		return list(values, maxListed, count, Text{" ", " ", " "}, l)
	}
	return list(values, maxListed, count, between, l)
}

// elements returns what a list at a path has, or an object of objects, such as pods
// by their names, or the one object that is there.
func (h *happening) elements(f found) iter.Seq[json.RawMessage] {
	switch {
	case f.many():
		return h.event.All(f.path)
	case len(f.value) > 0 && f.value[0] == '[':
		return event.Elements(f.value)
	}
	return func(yield func(json.RawMessage) bool) {
		if len(f.value) == 0 || f.value[0] != '{' {
			return
		}
		for _, value := range event.Each(f.value) {
			if value[0] != '{' { // it is one
				yield(f.value)
				return
			}
		}
		for _, value := range event.Each(f.value) {
			if !yield(value) {
				return
			}
		}
	}
}

// term is so many pods with so many GPUs each.
type term struct{ pods, each float64 }

// gpus returns how many GPUs a job has: pods times GPUs, over all its
// specifications, such as "512 (64 × 8)". Where one of them cannot be read, or
// there are none, it is "".
func (h *happening) gpus(f found, l Language) string {
	if _, ok := amount(f.text); !ok && f.text != "" && !f.many() {
		return f.text // as somebody wrote it
	}
	total, terms := h.countGPUs(f)
	switch {
	case total == 0:
		return ""
	case len(terms) == 0, len(terms) > maxScores, len(terms) == 1 && terms[0].pods == 1:
		return fmt.Sprintf(gpuCount.In(l), number(total))
	}
	texts := make([]string, len(terms))
	for i, t := range terms {
		texts[i] = number(t.pods) + " × " + number(t.each)
	}
	return fmt.Sprintf(gpuTerms.In(l), number(total), strings.Join(texts, " + "))
}

// countGPUs counts the GPUs of a job, and of what that is made up, as far as it is
// shown; 0 where there are none or where that cannot be read.
func (h *happening) countGPUs(f found) (total float64, terms []term) {
	if f.text != "" && !f.many() {
		if n, ok := amount(f.text); ok {
			total = n
		}
		return total, nil
	}
	for spec := range h.elements(f) {
		if !structured(spec) || spec[0] != '{' {
			return 0, nil
		}
		text := event.Read(event.In(spec, "ResourceConfig.GPU"))
		each, ok := amount(text)
		if text == "" && event.Read(event.In(spec, "EcsSpec")) != "" {
			return 0, nil // how many that has, only its name says
		}
		if text == "" || ok && each == 0 {
			continue
		}
		pods, known := amount(event.Read(event.In(spec, "PodCount")))
		if !ok || !known || pods != math.Trunc(pods) {
			return 0, nil
		}
		total += pods * each
		same := false
		for i := range terms {
			if same = terms[i].each == each; same {
				terms[i].pods += pods
				break
			}
		}
		if !same && pods > 0 && len(terms) <= maxScores {
			terms = append(terms, term{pods, each})
		}
	}
	if total > maxAmount {
		return 0, nil
	}
	return total, terms
}

// maxAmount is more than anybody has of a thing.
const maxAmount = 1e6

// amount reads a number of things, as people write one: "0x10" and "8_0" are none.
func amount(text string) (float64, bool) {
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil && n >= 0 && n <= maxAmount && strings.Trim(text, "0123456789.eE+") == ""
}

// number writes an amount: a share of a GPU has two digits of fraction at most.
func number(n float64) string {
	return strconv.FormatFloat(math.Round(n*100)/100, 'f', -1, 64)
}

// failedWorkers names the first pods of a job that failed, without the job's id.
// One that was evicted or preempted did not fail.
func (h *happening) failedWorkers(f found, l Language) string {
	if f.text != "" && !f.many() {
		return f.text
	}
	var names []string
	count := 0
	id := h.raw("id")
	for pod := range h.elements(f) {
		if !structured(pod) || pod[0] != '{' || !event.Alike(event.Read(event.In(pod, "Status")), "Failed") {
			continue
		}
		if sub := event.Read(event.In(pod, "SubStatus")); event.Alike(sub, "Evicted") || event.Alike(sub, "Preempted") {
			continue
		}
		if count++; len(names) > maxWorkers {
			continue
		}
		called, _ := read("", event.In(pod, "PodId"))
		name := called.text
		if id != "" {
			name = strings.TrimPrefix(name, id+"-")
		}
		if name != "" {
			names = append(names, Clip(name, maxItem))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return list(names, maxWorkers, count, betweenNames, l)
}

// scores writes the numbers and texts of an object, such as "auc 0.871, ks 0.49".
func (h *happening) scores(f found, l Language) string {
	if f.many() {
		return h.each(f.path, asItIs, l)
	}
	if f.text != "" {
		return f.text
	}
	if f.value[0] != '{' {
		return readable(f.value, l, 0)
	}
	var texts []string
	count := 0
	for name, value := range event.Each(f.value) {
		if name = clean(short(name)); name == "" || structured(value) {
			continue
		}
		text := clean(short(event.Read(value)))
		if text == "" {
			continue
		}
		if count++; len(texts) > maxScores {
			continue
		}
		if value[0] != '"' {
			text = rounded(text)
		}
		texts = append(texts, Clip(name, maxItem)+" "+Clip(text, maxItem))
	}
	if count == 0 {
		return readable(f.value, l, 0)
	}
	return list(texts, maxScores, count, between, l)
}

// rounded writes a number with so many digits as people compare by.
func rounded(text string) string {
	const digits = 4
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || len(text) <= len("0.8712") || n == math.Trunc(n) {
		return text
	}
	return strconv.FormatFloat(n, 'g', digits, 64)
}
