package document

import (
	"net/http"
	"strconv"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/backend"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/frame"
	"github.com/pai-notify/pai-notify/cmd/pai-notify/console/problems"
	"github.com/pai-notify/pai-notify/shared/workspace/edit"
)

// settingsForm is what a document says about the workspace as a whole.
type settingsForm struct {
	Language, Quota string
	Errors          problems.Complaints
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
func (h *handlers) saveSettings(w http.ResponseWriter, r *http.Request, s *backend.State) {
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
		f.Errors = problems.Complaints{"settings-quota": {text}}
		h.documentPage(w, r, http.StatusUnprocessableEntity, s, documentBody{Settings: f}, nil)
	}
	if head.Quota < 0 || head.Quota > mostQuota {
		refuse(Book.Say(l, "settings.quota.wrong", mostQuota))
		return
	}
	text, err := s.Edited(func(d *edit.Document) error { return d.SetHead(head) })
	if err != nil {
		h.Fail(w, r, err)
		return
	}
	if _, findings := h.Documents.Check(text, len(s.Rules) == 0); len(findings) > 0 {
		refuse(findings[0].In(l)) // such as rules that have more targets than the new quota
		return
	}
	h.Save(w, r, s, text, "/document", "settings", nil)
}
