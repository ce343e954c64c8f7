package message

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/shared/event"
)

func complete(t *testing.T, text Text, what string) {
	t.Helper()
	assert.NotEmpty(t, text.EN, "%s in English", what)
	assert.NotEmpty(t, text.ZH, "%s in Chinese", what)
	assert.NotEmpty(t, text.JA, "%s in Japanese", what)
}

func TestEveryEventTypeHasItsWordsInEveryLanguage(t *testing.T) {
	for _, typ := range event.Builtin().Types {
		t.Run(typ.Name, func(t *testing.T) {
			w, ok := wordsFor(typ.Name)
			require.True(t, ok)
			complete(t, w.title, "title")
			urgent := typ.Severity == event.Warning || typ.Severity == event.Critical
			if urgent || w.next != (Text{}) {
				complete(t, w.next, "what to do next")
			}
		})
	}
}

func TestNoTwoEventTypesHaveTheSameTitle(t *testing.T) {
	seen := map[string]string{}
	for _, source := range [][]words{dlcWords, flowWords, modelWords, dswWords} {
		for _, w := range source {
			for _, l := range Languages() {
				assert.Empty(t, seen[w.title.In(l)], w.name)
				seen[w.title.In(l)] = w.name
			}
		}
	}
}

func TestThereAreWordsForEventTypesOfTheCatalogueOnly(t *testing.T) {
	count := 0
	for _, source := range [][]words{dlcWords, flowWords, modelWords, dswWords} {
		for _, w := range source {
			_, ok := event.Builtin().Type(w.name)
			assert.True(t, ok, w.name)
			count++
		}
	}
	assert.Equal(t, len(event.Builtin().Types), count)
}

func TestEveryFieldHasItsLabelInEveryLanguage(t *testing.T) {
	used := map[string]bool{"time": true, "source": true, "type": true, "subject": true, "data": true, "event_id": true}
	for _, s := range event.Builtin().Sources {
		for _, f := range s.Fields {
			used[f.Label] = true
		}
	}
	for _, n := range named {
		used[n.key] = true
	}
	have := map[string]bool{}
	for _, l := range labels {
		assert.False(t, have[l.key], "%s twice", l.key)
		have[l.key] = true
		complete(t, l.text, l.key)
	}
	assert.Equal(t, used, have, "labels are those in use")
}

func TestALabelNobodyKnowsIsItsOwnKey(t *testing.T) {
	for _, l := range Languages() {
		assert.Equal(t, "GpuUtil", labelFor("GpuUtil").text.In(l))
	}
}

func TestEverySourceHasAName(t *testing.T) {
	for _, s := range event.Builtin().Sources {
		complete(t, serviceName(s.Name), s.Name)
		assert.NotEqual(t, s.Name, serviceName(s.Name).EN)
	}
	assert.Equal(t, "eas", serviceName("eas").In(Chinese))
}

func TestAColonIsWideInChineseOnly(t *testing.T) {
	assert.Equal(t, []string{": ", "：", ": "}, []string{Colon(English), Colon(Chinese), Colon(Japanese)})
}

// texts are all that messages say besides values.
func texts() []Text {
	all := []Text{
		probeTitle, probeNext, ruleLabel, colon, statusForm, eventForm, lookIntoIt, lookIfUnplanned,
		failedNext, failedPlainly, failedAfterAllRestarts, restartingNext, lastRestart,
		timeoutNext, timeoutEnded, timeoutRunning, timeoutQueued, timeoutPreparing,
		preemptedNext, preemptedQueued, preemptedRunning, preemptedEnded, stoppedNext, stoppedBySomebody,
		savingNext, savingWithoutInstance, succeededRetained, failedRetained, paymentOverdue, saveFailedNext, saveFailedWithoutInstance, savingDeleted, saveFailedDeleted, outOfResources,
	}
	for _, s := range []event.Severity{event.Info, event.Success, event.Warning, event.Critical} {
		all = append(all, severityName(s))
	}
	for _, l := range labels {
		all = append(all, l.text)
	}
	for _, source := range [][]words{dlcWords, flowWords, modelWords, dswWords} {
		for _, w := range source {
			all = append(all, w.title)
			if w.next != (Text{}) {
				all = append(all, w.next)
			}
		}
	}
	for _, p := range pages {
		all = append(all, p.text)
	}
	return all
}

func TestChineseTextsHaveWidePunctuationAndSpacesAroundLatinWords(t *testing.T) {
	all := append(texts(), between, betweenNames, gpuCount, gpuTerms, moreEvents, inBrackets, comma, otherEvents, semicolon, then, summaryLabel, summedRan, summedRestart, summedRestarts, summedRestartsOf, summedGPU, summedGPUs, summedCost)
	for _, list := range enums {
		for _, v := range list.values {
			all = append(all, v.text)
		}
	}
	for _, d := range decisive {
		all = append(all, d.after, d.without)
	}
	latin := func(r rune) bool { return r <= unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
	for _, text := range all {
		before := ' '
		for _, r := range strings.ReplaceAll(text.ZH, "%s", "") {
			assert.NotContains(t, ",.;:!?()\"'", string(r), text.ZH)
			assert.False(t, latin(before) && unicode.Is(unicode.Han, r) || unicode.Is(unicode.Han, before) && latin(r), text.ZH)
			before = r
		}
	}
}

func TestTextsAreCompleteAndHaveNoWordsThatReadersStumbleOver(t *testing.T) {
	stumbling := map[Language][]string{
		English:  {"by hand", "if a node is,", "are short", "right to push", "dealt with", "Connectivity test", "Whoever", "Stored at", "Duration", "There is nothing to do"},
		Chinese:  {"最大运行时长", "原因代码", "创建人", "所有者", "加速类型", "快照信息", "已运行", "最早失败", "不可更改", "信息", "负责人"},
		Japanese: {"理由", "：", "作動", "実行中になりました", "仕様", "複製", "スポットリソース", "この却下", "このバージョンの却下", "スナップショットのメッセージ", "スナップショットのステータス", "実行元", "不足なら", "担当者", "タスク実行"},
	}
	for _, text := range texts() {
		complete(t, text, text.EN)
		for l, list := range stumbling {
			for _, words := range list {
				assert.NotContains(t, text.In(l), words)
			}
		}
	}
}
