package document

import (
	"net/http"
	"strconv"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
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
func (h *handlers) saveSettings(w http.ResponseWriter, r *http.Request) {
	s, ok := h.OpenForEdit(w, r)
	if !ok {
		return
	}
	f := settingsForm{Language: r.PostFormValue("language"), Quota: r.PostFormValue("quota")}
	head := s.Head
	head.Language, head.Quota = "", 0
	if l, ok := frame.KnownLanguage(f.Language); ok {
		head.Language = string(l)
	}
	if f.Quota != "" {
		head.Quota = frame.Atoi(f.Quota, -1)
	}
	l := frame.LanguageOf(r)
	refuse := func(text string) {
		f.Error = text
		h.documentPage(w, r, http.StatusUnprocessableEntity, s, documentBody{Settings: f}, nil)
	}
	if head.Quota < 0 || head.Quota > mostQuota {
		refuse(Book.Say(l, "settings.quota.wrong", mostQuota))
		return
	}
	d, err := edit.Open(s.Text)
	if err == nil {
		err = d.SetHead(head)
	}
	if err != nil {
		h.Fail(w, r, err)
		return
	}
	if _, findings := h.Documents.Check(d.Text(), len(s.Rules) == 0); len(findings) > 0 {
		refuse(findings.Error()) // such as rules that have more targets than the new quota
		return
	}
	refused, err := h.Put(r.Context(), s, d.Text())
	if err != nil {
		h.Fail(w, r, err)
		return
	}
	h.Done(w, r, "/document", "settings", refused)
}
