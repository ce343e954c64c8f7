package browser_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAFormThatIsWrongLeadsToItsFields(t *testing.T) {
	t.Parallel()
	s := open(t, "en", "console", "--data", t.TempDir())
	welcome(s)
	s.visit("/new-rule")
	script[bool](s, `(document.querySelector("form.work").noValidate = true, true)`)
	s.click(`.save button.primary`)
	assert.Equal(t, "name", script[string](s, `document.activeElement.id`), "the first wrong field has the keyboard")
	assert.Equal(t, "name-error name-help", script[string](s, `document.activeElement.getAttribute("aria-describedby")`))
	assert.True(t, script[bool](s, `[...document.querySelectorAll("#wrong a")].every((a) => document.getElementById(a.hash.slice(1)))`), "each link leads somewhere")
	script[bool](s, `(document.querySelector('#wrong a[href="#targets"]').click(), true)`)
	s.run(until(`document.activeElement.id === "targets"`))
}

func TestAServerThatIsAwayKeepsTheForm(t *testing.T) {
	t.Parallel()
	s := open(t, "en", "console", "--data", t.TempDir())
	welcome(s)
	s.visit("/contacts")
	script[bool](s, `(document.querySelector("#name").value = "alice", document.querySelector("#email").value = "alice@example.com",
		window.ask = fetch, window.fetch = () => Promise.reject(new TypeError("away")), document.querySelector("#form button.primary").click(), true)`)
	s.run(until(`document.querySelector("#away")?.textContent.includes("does not answer")`))
	assert.Equal(t, "alice", script[string](s, `document.querySelector("#name").value`))
	script[bool](s, `(window.fetch = window.ask, true)`)
	s.click(`#form button.primary`)
	s.run(until(`document.querySelector("table")?.textContent.includes("alice@example.com")`))
}
