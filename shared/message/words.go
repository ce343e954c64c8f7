package message

import "github.com/pai-notify/pai-notify/shared/event"

// words is what is said about one event type.
type words struct {
	// name is the event type's, such as "dlc.job-failed".
	name string
	// title says what happened; the name of what it happened to follows. The two
	// stand on a lock screen, so that the name begins within its first 28 columns.
	title Text
	// next says what the reader can do; empty where nothing is needed.
	next Text
	// byState says what the event's own state makes of that; nil where nothing.
	byState func(*happening, verdict) verdict
	// refined tells that byState changes the severity too, and not the advice alone.
	refined bool
}

// wordsFor returns the words about the event type of that name.
func wordsFor(name string) (words, bool) {
	for _, source := range [...][]words{dlcWords, flowWords, modelWords, dswWords} {
		for _, w := range source {
			if w.name == name {
				return w, true
			}
		}
	}
	return words{}, false
}

// serviceName returns how readers know a source of the catalogue; a source
// that the catalogue got from a workspace document is called by its name.
func serviceName(source string) Text {
	switch source {
	case "dlc":
		return Text{"DLC job", "DLC 任务", "DLC ジョブ"}
	case "flow":
		return Text{"Flow task", "工作流任务", "フロータスク"}
	case "model":
		return Text{"Model", "模型", "モデル"}
	case "dsw":
		return Text{"DSW instance", "DSW 实例", "DSW インスタンス"}
	case "":
		return Text{"PAI event", "PAI 事件", "PAI イベント"}
	}
	return Text{source, source, source}
}

// severityName returns what a severity is called.
func severityName(s event.Severity) Text {
	switch s {
	case event.Critical:
		return Text{"Critical", "严重", "重大"}
	case event.Warning:
		return Text{"Warning", "警告", "警告"}
	case event.Success:
		return Text{"Success", "成功", "成功"}
	}
	return Text{"Info", "提示", "情報"}
}

// Colon stands between a label and its value, and between what happened and what
// it happened to. Every target writes this one, so that a message has one kind:
// the wide one in Chinese, ASCII with a space in English and Japanese.
func Colon(l Language) string { return colon.In(l) }

var colon = Text{": ", "：", ": "}
