package browser_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestZZ(t *testing.T) {
	folder := os.Getenv("ZZ")
	lang := os.Getenv("ZZLANG")
	s := open(t, lang, "up")
	for _, w := range []int64{1280, 1920, 390} {
		s.screen(w, 900, w < 500)
		for _, c := range strings.Fields(os.Getenv("ZZC")) {
			s.colours(c)
			for _, path := range append(allPages, "/inbox/", "/inbox/dingtalk/inbox", "/inbox/email/alice@example.com", "/setup") {
				s.visit(path)
				s.run(chromedp.Sleep(300000000))
				h := script[int64](s, `document.documentElement.scrollHeight`)
				s.screen(w, min(max(h, 900), 3000), w < 500)
				name := strings.NewReplacer("/", "_", "?", "_", "@", "_").Replace(path)
				shoot(s, fmt.Sprintf("%s/%d%s%s.png", folder, w, c, name))
				s.screen(w, 900, w < 500)
			}
		}
	}
}
