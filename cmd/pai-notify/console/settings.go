package console

import (
	"net/http"
	"strconv"

	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// settingsForm is what a document says about the workspace as a whole.
type settingsForm struct {
	Language, Quota string
	Error           string
}

func settingsOf(h edit.Head) settingsForm {
	f := settingsForm{Language: h.Language}
	if h.Quota > 0 {
		f.Quota = strconv.Itoa(h.Quota)
	}
	return f
}

// mostQuota is the most targets per rule that PAI grants.
const mostQuota = 100

// saveSettings changes the language of messages and the quota.
func (c *Console) saveSettings(w http.ResponseWriter, r *http.Request) {
	s, ok := c.mend(w, r)
	if !ok {
		return
	}
	f := settingsForm{Language: r.PostFormValue("language"), Quota: r.PostFormValue("quota")}
	head := s.head
	head.Language, head.Quota = "", 0
	if l, ok := knownLanguage(f.Language); ok {
		head.Language = string(l)
	}
	if f.Quota != "" {
		head.Quota = atoi(f.Quota, -1)
	}
	l := languageOf(r)
	refuse := func(text string) {
		f.Error = text
		c.documentPage(w, r, http.StatusUnprocessableEntity, s, documentBody{Settings: f}, nil)
	}
	if head.Quota < 0 || head.Quota > mostQuota {
		refuse(say(l, "settings.quota.wrong", mostQuota))
		return
	}
	d, err := edit.Open(s.text)
	if err == nil {
		err = d.SetHead(head)
	}
	if err != nil {
		c.fail(w, r, err)
		return
	}
	if _, findings := c.documents.check(d.Text(), len(s.rules) == 0); len(findings) > 0 {
		refuse(findings.Error()) // such as rules that have more targets than the new quota
		return
	}
	refused, err := c.put(r.Context(), s, d.Text())
	if err != nil {
		c.fail(w, r, err)
		return
	}
	c.after(w, r, "/document", "settings", refused)
}
