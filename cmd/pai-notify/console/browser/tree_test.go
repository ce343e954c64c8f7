package browser_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// controls are the roles of what people use, and of what groups it.
var controls = []string{"textbox", "checkbox", "radio", "button", "combobox", "searchbox", "spinbutton", "link", "group", "radiogroup", "DateTime", "DisclosureTriangle", "meter"}

// heard is a node as a screen reader tells it.
type heard struct{ role, name, description string }

// tree returns the controls of the page in order, as screen readers have them.
func (s *session) tree() (list []heard) {
	s.t.Helper()
	s.run(until(`document.readyState === "complete"`))
	all, err := chromedp.Call(s.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	require.NoError(s.t, err)
	said := func(v *accessibility.Value) (text string) {
		if v != nil {
			_ = json.Unmarshal([]byte(v.Value), &text) // other values are no text
		}
		return text
	}
	nodes := map[accessibility.NodeID]*accessibility.Node{}
	for _, node := range all.Nodes {
		nodes[node.NodeID] = node
	}
	var read func(node *accessibility.Node)
	read = func(node *accessibility.Node) {
		h := heard{said(node.Role), said(node.Name), said(node.Description)}
		at := len(list)
		if !node.Ignored && slices.Contains(controls, h.role) {
			list = append(list, h)
		}
		for _, id := range node.ChildIDs {
			if nodes[id] != nil {
				read(nodes[id])
			}
		}
		if h.role == "group" && h.name == "" && len(list) > at+1 && list[at+1].role == "DisclosureTriangle" {
			list = slices.Delete(list, at, at+1) // what opens is called as what opens it
		}
	}
	read(all.Nodes[0])
	return list
}

// follow checks that the tree has these, given as role and name, in this order.
func follow(t *testing.T, tree []heard, wanted ...string) {
	t.Helper()
	at := 0
	for _, want := range wanted {
		i := slices.IndexFunc(tree[at:], func(h heard) bool { return strings.HasPrefix(h.role+" "+h.name, want) })
		if !assert.GreaterOrEqual(t, i, 0, "%s after %v", want, tree[:at]) {
			return
		}
		at += i + 1
	}
}

// nameless are those that a screen reader can only tell the role of.
func nameless(tree []heard) (list []heard) {
	for _, h := range tree {
		if strings.TrimSpace(h.name) == "" {
			list = append(list, h)
		}
	}
	return list
}

const badName = "must be letters and digits with single '-' between them"

func TestAScreenReaderReadsTheRuleForm(t *testing.T) {
	t.Parallel()
	s := open(t, "en", "console", "--data", t.TempDir())
	welcome(s)
	form := []string{
		"textbox Name", "textbox Description", "checkbox Enable the rule",
		"group Event source", "radio Training jobs (DLC)", "radio Flow tasks (Designer)", "radio Models", "radio Notebooks (DSW)",
		"group Event types", "checkbox DLC job failed", "checkbox all event types", "DisclosureTriangle Scope",
		"group DingTalk", "textbox Webhook", "textbox Signing key", "DisclosureTriangle More settings", "button Test connectivity", "button Remove",
		"group Add a target", "button DingTalk", "button Email",
		"combobox Event", "combobox Language", "combobox Time zone", "button Save", "link Cancel",
	}
	for _, scripted := range []bool{true, false} {
		tell(s, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !scripted})
		s.visit("/new-rule")
		s.run(chromedp.Click(chromedp.CSS(`button[value="add:dingtalk"]`)), chromedp.WaitReady(chromedp.CSS(`[name="t0.webhook"]`)))
		if scripted {
			script[bool](s, `(document.querySelectorAll("details").forEach((d) => { d.open = true }), true)`)
		}
		tree := s.tree()
		follow(t, tree, form...)
		assert.Empty(t, nameless(tree), "scripted: %t", scripted)
		i := slices.IndexFunc(tree, func(h heard) bool { return h.role == "textbox" && h.name == "Name" })
		require.GreaterOrEqual(t, i, 0)
		assert.Contains(t, tree[i].description, "Letters, digits and single hyphens", "the help is read with the field")
	}

	// The main path without the script: what is wrong is told, then the rule is saved.
	s.run(chromedp.SendKeys(chromedp.CSS("#name"), "a--b"), chromedp.SendKeys(chromedp.CSS(`[name="t0.webhook"]`), inboxWebhook(s)), chromedp.SendKeys(chromedp.CSS(`[name="t0.signing_key"]`), inboxKey),
		chromedp.Click(chromedp.CSS(save)), chromedp.WaitReady(chromedp.CSS("#name[aria-invalid]")))
	wrong := s.tree()
	follow(t, wrong, "link "+badName, "textbox Name", "group DingTalk", "button Save")
	name := slices.IndexFunc(wrong, func(h heard) bool { return h.role == "textbox" && h.name == "Name" })
	require.GreaterOrEqual(t, name, 0)
	assert.Regexp(t, "^"+badName+".*Letters, digits and single hyphens", wrong[name].description, "what is wrong is read with the field, before the help")
	assert.Contains(t, script[string](s, `document.querySelector("[role=alert]").innerText`), badName, "that something is wrong is said at once")
	s.run(chromedp.Click(chromedp.CSS("#name")), chromedp.Evaluate[chromedp.Void](`document.querySelector("#name").value = "plain"`),
		chromedp.Click(chromedp.CSS(save)), chromedp.WaitReady(chromedp.CSS(`a[href="/rules/plain"]`)))
	assert.Empty(t, nameless(s.tree()), "the list of rules")
	s.visit("/rules/plain")
	follow(t, s.tree(), "textbox Name", "group DingTalk", "button Save", "link Copy")
}
