package target_test

import (
	"testing"

	"github.com/pai-notify/pai-notify/shared/target"
	"github.com/stretchr/testify/assert"
)

func TestAMobileNumberHasOneForm(t *testing.T) {
	for _, written := range []string{
		"13800138000", "138-0013-8000", "138 0013 8000", " 13800138000\n", "+8613800138000", "+86 138 0013 8000", "+86-13800138000",
		"0086 13800138000", "8613800138000", "(+86)138-0013-8000", "+86(138)00138000", "138.0013.8000", "１３８００１３８０００", "＋８６　１３８００１３８０００",
		"（+86）13800138000", "138–0013—8000", "138‑0013‑8000", "138－0013－8000", "138\u00a00013\u00a08000", "\u202a+8613800138000\u202c", "\u200b13800138000\ufeff",
	} {
		got, err := target.Mobile(written)
		assert.NoError(t, err, "%q", written)
		assert.Equal(t, "13800138000", got, "%q", written)
	}
}

func TestANumberThatRemindsNobodyIsRefused(t *testing.T) {
	for written, want := range map[string]string{
		"":                 "not a phone number",
		" - ":              "not a phone number",
		"Alice":            "not a phone number",
		"@13800138000":     "not a phone number",
		"13800138000#1":    "not a phone number",
		"138+00138000":     "not a phone number",
		"138001380":        "11 digits",
		"1380013800012":    "11 digits",
		"12800138000":      "11 digits",
		"010-12345678":     "11 digits",
		"861380013800":     "11 digits",
		"+86 10 1234 5678": "11 digits",
		"+8601380013800":   "11 digits",
		"+":                "under users",
		"+852 5123 4567":   "under users",
		"00852 5123 4567":  "under users",
		"+81 90 1234 5678": "under users",
		"+1 380 013 8000":  "under users",
	} {
		_, err := target.Mobile(written)
		assert.ErrorContains(t, err, want, "%q", written)
		if len(written) > 5 {
			assert.NotContains(t, err.Error(), written)
		}
	}
}
