package censor

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pai-notify/pai-notify/functions"
)

// planted stands for a secret in the documents of the tests.
const planted = "MailPassword-123"

func hider() *Censor { return New(functions.Register(), time.Now) }

// mailed is a document with a secret in a secret field, and before in the place
// of what stands there.
func mailed(password string) string {
	return `workspace: lab
contacts:
  - {name: alice, email: alice@example.com}
rules:
  - name: one
    source: dlc
    events: [job-failed]
    targets:
      - type: email
        contacts: [alice]
        server: smtp.example.com
        from: pai@example.com
        ` + password + "\n"
}

func TestASecretIsHiddenInEveryForm(t *testing.T) {
	broken := "\n  broken: ["
	long := "https://hooks.example.com/services/T0/B0/" + planted
	texts := map[string]string{
		"json without its last brace": `{"workspace": "llm_lab", "contacts": [{"name": "a", "email": "a@example.com"}], "rules": [{"name": "r", "source": "dlc", "events": ["*"], "targets": [{"type": "email", "contacts": ["a"], "server": "smtp.example.com:465", "from": "a@example.com", "password": "` + planted + `"}]}]`,
		"json without blanks":         `{"rules":[{"targets":[{"type":"email","password":"` + planted + `"}]}`,
		"json cut in the secret":      `{"rules":[{"targets":[{"type":"email","password":"` + planted,
		"json of one value":           `"` + planted + `"`,
		"a text alone":                planted,
		"two documents":               mailed("password: "+planted) + "---\n" + mailed("password: "+planted),
		"a list":                      "- " + planted,
		"utf-16":                      wide(mailed("password: " + planted)),
		"a nul":                       mailed("password: " + planted + "\x00"),
		"not utf-8":                   mailed("password: " + planted + "\xff"),
		"old line breaks":             strings.ReplaceAll(mailed("password: "+planted), "\n", "\r"),
		"line breaks of unicode":      strings.ReplaceAll(mailed("password: "+planted), "\n", "\u2028"),
		"an alias inside itself":      "rules: &a [*a, " + planted + "]",
		"a template":                  mailed("password: {{ if .Mail }}" + planted + "{{ end }}"),
		"an unknown type":             strings.Replace(mailed("password: "+planted), "type: email", "type: telegram", 1),
		"a type":                      strings.Replace(mailed(""), "type: email", "type: "+planted, 1),
		"a source":                    strings.Replace(mailed(""), "source: dlc", "source: "+planted, 1),
		"an event type":               strings.Replace(mailed(""), "[job-failed]", "[job-failed, "+planted+"]", 1),
		"a contact of nobody":         strings.Replace(mailed(""), "[alice]", "[alice, "+planted+"]", 1),
		"no type":                     strings.Replace(mailed("password: "+planted), "type: email", "", 1),
		"two types":                   strings.Replace(mailed("from: "+planted), "type: email", "type: email\n        type: http", 1),
		"an unknown parameter":        mailed("smtp_login: " + planted),
		"a key of the top":            mailed("password: env:MAIL") + "mail: " + planted,
		"a value of the wrong form":   mailed("password: env:MAIL") + "owner: [" + planted + "]",
		"a number":                    strings.ReplaceAll(mailed("password: "+planted), planted, "27182818"),
		"a word":                      strings.ReplaceAll(mailed("password: "+planted), planted, "email"),
		"a url in a description":      strings.Replace(mailed(""), "source", "description: see "+long+"\n    source", 1),
		"a login in a description":    strings.Replace(mailed(""), "source", "description: https://bob:"+planted+"@example.com\n    source", 1),
		"a token in a description":    strings.Replace(mailed(""), "source", "description: https://example.com/?t="+planted+"\n    source", 1),
		"a password in a description": strings.Replace(mailed(""), "source", "description: 'The password is "+planted+"'\n    source", 1),
		"a login without a scheme":    strings.Replace(mailed(""), "server: smtp.example.com", "server: bob:"+planted+"@smtp.example.com", 1),
		"a password that is told":     strings.Replace(mailed(""), "source", "description: The SMTP password of bob, "+planted+"\n    source", 1),
		"a chinese description":       strings.Replace(mailed(""), "source", "description: 邮箱密码 "+planted+"\n    source", 1),
		"a login in a server":         strings.Replace(mailed(""), "server: smtp.example.com", "server: smtp://bob:"+planted+"@smtp.example.com", 1),
		"a contact of another form":   strings.Replace(mailed(""), "{name: alice,", "{name: alice, phone: "+planted+",", 1),
		"a key of a robot for a name": strings.Replace(mailed(""), "name: one", "name: SEC0123456789abcdef"+planted, 1),
		"a header":                    strings.Replace(mailed(""), "- type: email", "- type: http\n        url: env:A\n        headers: {X-Whatever: "+planted+"}", 1),
		"a word before a reference":   strings.Replace(mailed(""), "- type: email", "- type: http\n        url: env:A\n        headers: {X-Whatever: "+planted+" env:B}", 1),
		"an anchor used elsewhere":    "workspace: lab\nrules:\n  - name: one\n    description: &a " + planted + "\n    source: dlc\n    targets: [{type: email, password: *a}]\n",
		"an anchor without a use":     mailed("password: &" + planted),
		"an alias":                    mailed("password: *" + planted),
		"a tag":                       mailed("password: !" + planted + " x"),
		"a merge key":                 "defaults: &d {password: " + planted + "}\n" + mailed("<<: *d"),
		"a flow map":                  mailed("password: {" + planted + "}"),
		"a flow map with a key":       mailed("password: {" + planted + ": " + planted + "}"),
	}
	for name, line := range map[string]string{
		"plain": "password: " + planted, "blanks before the colon": "password   : " + planted, "a tab": "\tpassword:\t" + planted,
		"quoted": `password: "` + planted + `"`, "single quotes": "password: '" + planted + "'", "a quote left open": `password: "` + planted,
		"a key in quotes": `"password": ` + planted, "a key in single quotes": `'password' : ` + planted, "an escaped key": `"\u0070assword": ` + planted,
		"a complex key": "? password\n        : " + planted, "other letters": "PassWord: " + planted, "misspelt": "passwrod: " + planted,
		"full width": "password： " + planted, "an equals sign": "password = " + planted, "nothing between": "password:" + planted,
		"literal": "password: |\n          " + planted, "folded": "password: >-\n          " + planted + "\n          " + planted,
		"literal with keys": "password: |\n          name: " + planted, "in the next line": "password:\n          " + planted,
		"several lines": "password: one\n          " + planted + "\n          end", "quoted in lines": "password: \"one\n          " + planted + "\"",
		"a tag of yaml": "password: !!str " + planted, "binary": "password: !!binary " + planted, "an anchor": "password: &a " + planted,
		"twice": "password: " + planted + "\n        password: " + planted, "a list": "password: [" + planted + "]",
		"a word in front": "password: true " + planted, "like a reference": "password: ENV:" + planted, "like a variable": "password: ${" + planted + "}",
		"a reference with more": "password: env:MAIL " + planted, "another scheme": "password: vault:" + planted,
		"a comment": "# password: " + planted, "a short comment": "# pw=" + planted, "a sentence": "# it was " + planted,
		"a comment behind": "password: env:MAIL # was " + planted, "a commented block": "# password: |\n        #   " + planted,
		"a commented list": "# - " + planted, "a commented url": "# https://bob:" + planted + "@example.com/", "a commented header": "# X-Api: " + planted,
		"a commented json": `# {"password":"` + planted + `"}`,
	} {
		texts[name] = mailed(line)
		texts[name+", broken before"] = broken + "\n" + mailed(line)
		texts[name+", broken behind"] = mailed(line) + broken
		texts[name+", with windows line ends"] = strings.ReplaceAll(mailed(line), "\n", "\r\n")
		texts[name+", with an order mark"] = "\ufeff" + mailed(line)
		texts[name+", cut"] = strings.TrimRight(mailed(line), "\n\"'")
	}
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			c := hider()
			shown, what := c.Hide([]byte(text))
			assert.NotContains(t, shown, planted)
			assert.NotContains(t, shown, "27182818")
			assert.NotContains(t, shown, "password: email")
			assert.NotEmpty(t, what.Spans)
			again, known := c.Reveal(shown)
			assert.True(t, known)
			assert.Equal(t, text, again)
		})
	}
}

func wide(text string) string {
	var out strings.Builder
	for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
		out.WriteByte(byte(unit))
		out.WriteByte(byte(unit >> 8))
	}
	return out.String()
}

func TestAPasswordOfLettersIsHiddenWhereItIsCalledOne(t *testing.T) {
	for name, line := range map[string]string{
		"a comment": "# password: correct horse battery", "an english sentence": "# the password is horse", "a chinese one": "# 密码是horse", "misspelt": "# passwrod: horse",
		"a value alone": "# mail: horse", "a block": "# password: |\n        #   correct\n        #   horse\n", "an assignment": "# MAIL=horse",
	} {
		t.Run(name, func(t *testing.T) {
			shown, _ := hider().Hide([]byte(mailed(line)))
			assert.NotContains(t, shown, "horse")
		})
	}
}

func TestAnOrdinaryDocumentIsShownAsItIs(t *testing.T) {
	texts := map[string]string{
		"references":       mailed("password: env:MAIL_PASSWORD"),
		"quoted":           mailed(`"password": 'env:MAIL_PASSWORD' # in the vault`),
		"prose":            "# The rules of our lab, since 2024-05-01. Ask alice@example.com or see https://wiki.example.com/on-call.\n" + mailed("# only when PAI's SMTP is down: it can't be both"),
		"chinese":          "# 训练任务失败时通知值班同事，详见文档。\n" + mailed("# 共 5 人"),
		"a description":    strings.Replace(mailed(""), "source", "description: \"Tells us, quickly: which job, and why? See https://wiki.example.com/oncall\"\n    source", 1),
		"a long one":       strings.Replace(mailed(""), "source", "description: >-\n      Tells us at once\n      who is to look\n    source", 1),
		"windows lines":    strings.ReplaceAll(mailed("password: env:MAIL_PASSWORD"), "\n", "\r\n"),
		"an order mark":    "\ufeff" + mailed("password: env:MAIL_PASSWORD"),
		"aliases":          strings.Replace(mailed("password: env:MAIL_PASSWORD"), "contacts: [alice]", "contacts: &us [alice]", 1) + "      - {type: email, contacts: *us, server: s.example.com, from: a@example.com}\n",
		"headers":          "workspace: lab\nrules:\n  - name: one\n    source: dlc\n    events: ['*']\n    targets: [{type: http, url: env:A, headers: {Authorization: 'Bearer env:TOKEN', X-Key: env:KEY}}]\n",
		"ids":              strings.Replace(mailed(""), "source", "scope: {created_by: [\"203000000000000001\"], flows: [flow-1a2b3c4d5e6f7a8b9c0d]}\n    source", 1),
		"json":             `{"workspace": "lab", "rules": [{"name": "one", "enabled": false, "source": "dlc", "events": ["*"], "targets": [{"type": "lark", "webhook": "env:A"}]}]}`,
		"a schema":         "# yaml-language-server: $schema=workspace.schema.json\n" + mailed(""),
		"text in messages": "workspace: lab\nrules:\n  - name: one\n    source: dlc\n    events: ['*']\n    targets:\n      - type: sms\n        contacts: [a]\n        sign_name: 阿里云\n        template_code: SMS_123456789\n        template_params: {job: id}\n",
	}
	for _, path := range []string{"../../../../docs/workspace.yaml"} {
		text, err := os.ReadFile(filepath.FromSlash(path))
		require.NoError(t, err)
		texts[path] = string(text)
	}
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			shown, what := hider().Hide([]byte(text))
			assert.Equal(t, text, shown)
			assert.False(t, what.Unread)
		})
	}
}

func TestTheFormOfABrokenDocumentCanBeSeen(t *testing.T) {
	c := hider()
	shown, what := c.Hide([]byte(mailed(`password: "`+planted) + "  owner: [\n"))
	assert.True(t, what.Unread)
	for _, line := range []string{"workspace: pending:", "    source: dlc\n", "    events: [job-failed]\n", "      - type: email\n", `        password: "pending:`, "owner: [\n"} {
		assert.Contains(t, shown, line)
	}
}

func TestATokenOfBeforeARestartStaysOne(t *testing.T) {
	shown, _ := hider().Hide([]byte(mailed(`password: "` + planted + `"`)))
	next := hider()
	again := next.Rehide([]byte(shown + "# password: " + planted + "\n"))
	assert.True(t, strings.HasPrefix(again, shown), again)
	assert.NotContains(t, again, planted, "what is new is hidden")
	text, known := next.Reveal(again)
	assert.False(t, known)
	assert.Contains(t, text, `password: "pending:`)
}

func TestWhatLooksLikeATokenComesBack(t *testing.T) {
	c := hider()
	for _, text := range []string{"workspace: pending:ABC\n", "{pending:ABC", "owner: " + planted + "pending:A", "# pending:ABCDEF"} {
		shown, _ := c.Hide([]byte(text))
		again, known := c.Reveal(shown)
		assert.True(t, known)
		assert.Equal(t, text, again)
	}
}

func TestALargeDocumentComesBack(t *testing.T) {
	lines := strings.Repeat("password: "+planted+"\n", 3_000)
	many := strings.Builder{}
	for i := range 3_000 {
		many.WriteString("password: " + planted + strconv.Itoa(i) + "\n")
	}
	for name, text := range map[string]string{
		"lines": lines, "secrets": many.String(), "broken": many.String() + "[",
		"one line": `{"rules": [` + strings.Repeat(`{"name": "a", "description": "`+planted+`"},`, 3_000) + "{}]}",
		"cut":      `{"rules": [` + strings.Repeat(`{"name": "a", "description": "`+planted+`"},`, 3_000),
		"comments": "workspace: lab\n" + strings.Repeat("# password: "+planted+"\n", 3_000),
	} {
		t.Run(name, func(t *testing.T) {
			c := hider()
			shown, _ := c.Hide([]byte(text))
			again, known := c.Reveal(shown)
			assert.True(t, known)
			assert.True(t, text == again)
		})
	}
}

func TestATokenLastsFromItsLastUse(t *testing.T) {
	now := time.Now()
	p := &pending{now: func() time.Time { return now }}
	token := p.Keep("a")
	now = now.Add(pendingAge - time.Minute)
	assert.Equal(t, token, p.Keep("a"))
	now = now.Add(pendingAge - time.Minute)
	value, ok := p.Kept(token)
	assert.True(t, ok)
	assert.Equal(t, "a", value)
	now = now.Add(2 * time.Minute)
	_, ok = p.Kept(token)
	assert.False(t, ok)
	assert.NotEqual(t, token, p.Keep("a"))
}

// damaged breaks a text at places that seed chooses.
func damaged(text string, seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // the same for the same seed
	b := []byte(text)
	for range 1 + r.IntN(4) {
		if len(b) < 2 {
			break
		}
		i, j := r.IntN(len(b)), r.IntN(len(b))
		switch r.IntN(5) {
		case 0:
			b = b[:max(i, len(b)/2)]
		case 1:
			b = append(b[:i:i], b[i+1:]...)
		case 2:
			b[i], b[j] = b[j], b[i]
		case 3:
			b = append(b[:i:i], append([]byte{"\"'{}[]:#-,&*!|>?\n\t %@`"[r.IntN(22)]}, b[i:]...)...)
		case 4:
			if at := strings.IndexByte(string(b[i:]), '\n'); at >= 0 {
				b = append(b[:i:i], b[i+at:]...)
			}
		}
	}
	return string(b)
}

// FuzzADamagedDocument plants a secret wherever one may stand, and breaks the
// document.
func FuzzADamagedDocument(f *testing.F) {
	const secret = "zQ7vK9"
	full := mailed("password: "+secret+"\n        # password: "+secret) + `      - {type: http, url: "https://example.com/` + secret + `", secret: '` + secret + `', headers: {X-A: "` + secret + `", Authorization: Bearer ` + secret + `}}
      - type: dingtalk
        webhook: >-
          https://oapi.dingtalk.com/robot/send?access_token=` + secret + `
        signing_key: |
          ` + secret + `
  - {name: two, source: dlc, events: ["*"], targets: [{type: lark, webhook: ` + secret + `}]}
`
	json := `{"workspace":"lab","rules":[{"name":"one","source":"dlc","events":["*"],"targets":[{"type":"sms","access_key_id":"` + secret + `","access_key_secret":"` + secret + `"},{"type":"http","headers":{"A":"` + secret + `"},"url":"` + secret + `"}]}]}`
	for seed := range uint64(300) {
		f.Add(seed%2 == 0, seed)
	}
	c := hider()
	f.Fuzz(func(t *testing.T, asJSON bool, seed uint64) {
		text := full
		if asJSON {
			text = json
		}
		text = damaged(text, seed)
		shown, _ := c.Hide([]byte(text))
		assert.NotContains(t, tokens.ReplaceAllString(shown, ""), secret)
		again, known := c.Reveal(shown)
		assert.True(t, known)
		assert.Equal(t, text, again)
	})
}
