package message

import (
	"strings"

	"github.com/pai-notify/pai-notify/shared/event"
)

// linkText returns the label of a link by where it leads, as the address in the
// catalogue says: a document may have its own.
func linkText(s event.Source) Text {
	switch {
	case strings.Contains(s.Console, "{id}"):
		for _, page := range pages {
			if page.source == s.Name {
				return page.text
			}
		}
	case strings.Contains(s.Console, "{workspace}"):
		return Text{"Open the workspace", "打开工作空间", "ワークスペースを開く"}
	case strings.Contains(s.Console, "console."):
		return Text{"Open the console", "打开控制台", "コンソールを開く"}
	}
	return Text{"Open the page", "打开页面", "ページを開く"}
}

// pages are about one thing of a source.
var pages = [...]struct {
	source string
	text   Text
}{
	{"dlc", Text{"Open the job", "打开任务", "ジョブを開く"}},
	{"flow", Text{"Open the task run", "打开工作流任务", "タスクを開く"}},
	{"model", Text{"Open the model", "打开模型", "モデルを開く"}},
	{"dsw", Text{"Open the instance", "打开实例", "インスタンスを開く"}},
}
