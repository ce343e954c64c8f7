package provision

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/ledger/health"
	"github.com/pai-notify/pai-notify/shared/message"
)

// shownReceivers is how many receivers have a finding of their own.
const shownReceivers = 10

var (
	theWaiting  = says("waiting", "waiting notifications", "等待发送的通知", "待機中の通知")
	theDead     = says("dead", "failed notifications", "投递失败的通知", "配信に失敗した通知")
	someWaiting = says("some-waiting", "{count}, the oldest since {since}", "{count} 条，最早的自 {since} 起等待", "{count} 件（最も古いものは {since} から待機）")
	someDead    = says("some-dead", "{count}, the last one {since}", "{count} 条，最近一次为 {since}", "{count} 件（最後は {since}）")
	seeWaiting  = says("list-waiting", "{command} says why they wait", "等待原因见 {command}", "待機の理由は {command} で確認できます")
	listDead    = says("list-dead", "{command} lists them, and pai-notify dead redrive sends them again", "用 {command} 列出，用 pai-notify dead redrive 重新发送", "{command} で一覧、pai-notify dead redrive で再送できます")
	keptUnread  = says("kept-unread", "cannot be read: {error}", "无法读取：{error}", "読み取れません：{error}")
)

// kept returns what a bus that keeps its own notifications tells of them.
func (pr Provisioner) kept(ctx context.Context) ([]Finding, *health.Report) {
	if pr.Cloud.Rows == nil {
		return nil, nil
	}
	now := time.Now()
	report, err := health.Read(ctx, pr.Cloud.Rows, pr.Workspace.Bus(), now)
	if err != nil {
		return []Finding{{Check: theReceivers.With(), Verdict: Unknown, Text: keptUnread.With("error", err.Error())}}, nil
	}
	return pr.reported(report, now), &report
}

// reported says what waits, what was given up, and how messages arrive.
func (pr Provisioner) reported(h health.Report, now time.Time) []Finding {
	flags := " --bus " + pr.Cloud.Name + " -w FILE"
	if pr.Cloud.Name == Local {
		flags = ""
	}
	var list []Finding
	if h.Waiting > 0 {
		list = append(list, Finding{
			Check: theWaiting.With(), Verdict: OK, Attention: now.Sub(h.Oldest) > overdueAfter, Since: h.Oldest,
			Text:   someWaiting.With("count", orMore(h.Waiting), "since", moment(h.Oldest)),
			Remedy: seeWaiting.With("command", "pai-notify history --outcome waiting"+flags),
		})
	}
	if h.Dead > 0 {
		list = append(list, Finding{
			Check: theDead.With(), Verdict: OK, Attention: true, Since: h.LastDead,
			Text:   someDead.With("count", orMore(h.Dead), "since", moment(h.LastDead)),
			Remedy: listDead.With("command", "pai-notify dead list"+flags),
		})
	}
	return append(list, pr.receivers(h)...)
}

// orMore is a number of which no more were counted than may be.
func orMore(n int) any {
	if n >= health.OpenMost {
		return strconv.Itoa(n) + "+"
	}
	return n
}

// receivers says how messages arrive: of each receiver whose last message was not
// sent, or for which some wait, and of all others together.
func (pr Provisioner) receivers(h health.Report) []Finding {
	var list []Finding
	well := 0
	for _, r := range h.Receivers {
		if !r.Failing() && r.Waiting == 0 && r.Dead == 0 {
			well++
			continue
		}
		f := Finding{
			Check: aReceiver.With("rule", r.RuleName, "receiver", r.Name()), Verdict: OK,
			Text: delivery.With("sent", momentOrNever(r.Sent), "waiting", r.Waiting, "dead", r.Dead),
		}
		if r.Failing() {
			var code any
			if r.Failure.Code != "" {
				code = itsCode.With("code", r.Failure.Code)
			}
			f.Since = r.Failed
			f.Verdict, f.Text = Missing, lastFailed.With("at", moment(r.Failed), "code", code, "reason", clipped(r.Failure.Reason), "rest", f.Text)
			if f.Remedy = mendReceiver.With("command", "pai-notify dead redrive"); r.Failure.Advice != "" {
				f.Remedy = answered.With("error", pr.advice(r.Name(), r.Failure.Advice))
			}
		}
		list = append(list, f)
	}
	// Those that fail come first.
	slices.SortStableFunc(list, func(a, b Finding) int { return strings.Compare(string(a.Verdict), string(b.Verdict)) })
	if more := len(list) - shownReceivers; more > 0 {
		list = append(list[:shownReceivers], Finding{Check: otherReceivers.With(), Verdict: list[shownReceivers].Verdict, Text: moreReceivers.With("count", more)})
	}
	if well > 0 {
		list = append(list, Finding{Check: theReceivers.With(), Verdict: OK, Text: receiversWell.With("count", well, "days", health.Days)})
	}
	return list
}

// advice is what the target of a receiver advised, to be read in any language.
func (pr Provisioner) advice(receiver, given string) message.Statement {
	typ, _, _ := strings.Cut(receiver, "/")
	said := message.Text{EN: given, ZH: given, JA: given}
	for _, spec := range pr.Workspace.Types {
		if spec.Type == typ {
			said = spec.Advised(given)
		}
	}
	return message.Sentence{Code: "advice", Text: message.Text{EN: clipped(said.EN), ZH: clipped(said.ZH), JA: clipped(said.JA)}}.With()
}

func clipped(text string) string { return message.Clip(text, 200) }

func moment(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05 MST") }

func momentOrNever(t time.Time) any {
	if t.IsZero() {
		return notLately.With("days", health.Days)
	}
	return moment(t)
}
