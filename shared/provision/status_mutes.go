package provision

import (
	"context"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/hold"
)

var (
	theMutes     = says("mutes", "mutes", "静音", "ミュート")
	activeMutes  = says("mutes-active", "{count}: {mutes}", "{count} 项：{mutes}", "{count} 件：{mutes}")
	allMuted     = says("mutes-all", "all notifications are muted, critical ones included: {mutes}", "全部通知已静音，包括严重级别的通知：{mutes}", "重大な通知も含め、すべての通知がミュートされています：{mutes}")
	mutesUnread  = says("mutes-unread", "cannot be read: {error}", "无法读取：{error}", "読み取れません：{error}")
	unmuteByHand = says("unmute", "{command} ends it", "用 {command} 结束静音", "{command} で終了できます")
)

// controls changes a control row: see [deliver.Controls].
type controls = func(ctx context.Context, key string, change func(value []byte) ([]byte, bool)) ([]byte, error)

// muted says what is muted on the bus; nothing where nothing is. Where everything
// is, nobody is told of anything, and that is a fault.
func (pr Provisioner) muted(ctx context.Context, update controls) []Finding {
	if update == nil {
		return nil
	}
	f := Finding{Check: theMutes.With(), Verdict: OK}
	row, err := update(ctx, hold.MutesKey(pr.Workspace.Bus()), func([]byte) ([]byte, bool) { return nil, false })
	if err != nil {
		f.Verdict, f.Text = Unknown, mutesUnread.With("error", err.Error())
		return []Finding{f}
	}
	list := hold.ReadMutes(row, time.Now())
	if len(list) == 0 {
		return nil
	}
	var said []string
	for _, m := range list {
		said = append(said, strings.TrimSpace(m.ID+" "+strings.Join(strings.Fields(m.Job+" "+m.Rule+" "+m.Receiver), " "))+" "+m.Because())
	}
	f.Text = activeMutes.With("count", len(list), "mutes", said)
	for i, m := range list {
		if m.Everything() {
			f.Verdict, f.Text = Missing, allMuted.With("mutes", said[i])
			f.Remedy = unmuteByHand.With("command", "pai-notify unmute "+m.ID+" --bus "+pr.Cloud.Name)
			break
		}
	}
	return []Finding{f}
}
