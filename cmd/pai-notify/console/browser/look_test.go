package browser_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// allPages are the pages of the demo's workspace.
var allPages = []string{"/", "/rules", "/new-rule", "/rules/job-needs-help", "/rules/job-died/delete", "/receivers", "/new-receiver", "/contacts", "/contacts?edit=alice", "/quiet", "/publish", "/history", "/mutes", "/setup", "/document", "/changes", "/inbox/", "/inbox/dingtalk/inbox", "/nowhere"}

// colours has pages shown in the light or in the dark.
func (s *session) colours(name string) {
	s.t.Helper()
	tell(s, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
}

// screen is the size of the window, in the pixels of style sheets.
func (s *session) screen(width, height int64, mobile bool) {
	s.t.Helper()
	s.sharpScreen(width, height, mobile, 1)
}

// sharpScreen is a screen with several pixels for each of style sheets, in both
// directions.
func (s *session) sharpScreen(width, height int64, mobile bool, pixels float64) {
	s.t.Helper()
	tell(s, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: pixels, Mobile: mobile})
}

func TestPagesAreForEverybody(t *testing.T) {
	t.Parallel()
	s := open(t, "en", "up")
	for _, path := range allPages {
		s.visit(path)
		s.fits(path)
	}
}

func TestTheFirstPagesAreForEverybody(t *testing.T) {
	t.Parallel()
	s := open(t, "zh-CN", "console", "--data", t.TempDir(), "--not-activated")
	s.fits("the welcome")
	welcome(s)
	s.visit("/setup")
	s.fits("the check-up")
}

func TestPagesFitAPhoneAndAskNothingOfOthers(t *testing.T) {
	t.Parallel()
	s := open(t, "ja", "up")
	s.screen(360, 740, true)
	for _, path := range allPages {
		s.visit(path)
		s.narrow(path)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	require.NotEmpty(t, s.asked)
	for _, url := range s.asked {
		// The browser draws its own fields for times by pictures that nobody is asked for.
		assert.True(t, strings.HasPrefix(url, s.url+"/") || strings.HasPrefix(url, "data:image/svg+xml"), url)
	}
}

func TestTheKeyboardReachesEverything(t *testing.T) {
	t.Parallel()
	s := open(t, "en", "up")
	s.visit("/rules")
	s.run(chromedp.KeyEvent("\t"))
	assert.Equal(t, "skip", script[string](s, `document.activeElement.className`))
	s.run(chromedp.KeyEvent("\r"), chromedp.KeyEvent("\t"))
	assert.True(t, script[bool](s, `document.querySelector("main").contains(document.activeElement)`), "the menu is skipped")
	assert.True(t, script[bool](s, `getComputedStyle(document.activeElement).outlineStyle !== "none"`), "what has the focus shows it")
}

// shots are the pages that are shown in the documents.
var shots = []struct {
	name, path, language string
	height               int64
}{
	{"overview", "/", "en", 900}, {"rules", "/rules", "en", 900}, {"rule", "/rules/job-needs-help", "en", 1560}, {"rule-zh", "/rules/job-needs-help", "zh", 1560},
	{"receivers", "/receivers", "en", 900}, {"contacts", "/contacts", "en", 900}, {"publish", "/publish", "en", 900}, {"history", "/history", "en", 900}, {"check-up", "/setup", "en", 900}, {"document", "/document", "en", 900},
}

func TestScreenshots(t *testing.T) {
	folder := os.Getenv(shotsVariable)
	if folder == "" {
		t.Skip("make screenshots makes them")
	}
	for _, language := range []string{"en", "zh"} {
		s := open(t, language, "up")
		for _, colours := range []string{"light", "dark"} {
			s.colours(colours)
			for _, shot := range shots {
				if shot.language != language {
					continue
				}
				s.screen(1100, shot.height, false)
				s.visit(shot.path)
				shoot(s, filepath.Join(folder, shot.name+"-"+colours+".png"))
			}
		}
	}
	for _, colours := range []string{"light", "dark"} {
		s := open(t, "en", "console", "--not-activated")
		s.screen(1100, 900, false)
		s.colours(colours)
		s.visit("/")
		shoot(s, filepath.Join(folder, "welcome-"+colours+".png"))
		welcome(s)
		s.visit("/setup")
		shoot(s, filepath.Join(folder, "not-activated-"+colours+".png"))
	}
	shootNight(t, folder)
}

// shootNight shows what the history has of a night: a zone in which it is night now is
// that of the people.
func shootNight(t *testing.T, folder string) {
	t.Helper()
	zone := "Asia/Shanghai"
	for _, name := range []string{"Asia/Shanghai", "Europe/Berlin", "America/Los_Angeles"} {
		in, err := time.LoadLocation(name)
		require.NoError(t, err)
		if h := time.Now().In(in).Hour(); h >= 22 || h < 7 {
			zone = name
		}
	}
	document := filepath.Join(t.TempDir(), "workspace.yaml")
	require.NoError(t, os.WriteFile(document, fmt.Appendf(nil, `workspace: llm_lab
language: en
quiet:
  nights: {zone: %s, from: "22:00", to: "08:00"}
receivers:
  - {name: oncall, type: dingtalk, webhook: env:DINGTALK_WEBHOOK, signing_key: env:DINGTALK_SIGNING_KEY}
rules:
  - name: jobs-by-day
    source: dlc
    events: [job-queued, job-running, job-preempted, job-succeeded]
    quiet: nights
    targets: [{receiver: oncall}]
  - name: job-died
    source: dlc
    events: [job-failed]
    targets: [{receiver: oncall}]
`, zone), 0o600))
	s := open(t, "en", "up", "--inbox", "--data", t.TempDir(), "-w", document)
	for _, sample := range []string{"dlc-job-running", "dlc-job-preempted", "dlc-job-failed", "dlc-job-succeeded"} {
		s.visit("/publish")
		script[bool](s, `(document.querySelector('[name=sample][value="`+sample+`"]').checked = true, true)`)
		s.click(`form[action="/publish"] button.primary`)
	}
	for _, colours := range []string{"light", "dark"} {
		s.colours(colours)
		s.screen(1100, 900, false)
		s.visit("/history")
		shoot(s, filepath.Join(folder, "night-"+colours+".png"))
	}
}

// shoot writes what the window shows.
func shoot(s *session, file string) {
	s.t.Helper()
	keep(s, look(s, chromedp.CaptureScreenshot()), file)
}

// keep writes a picture in few bytes.
func keep(s *session, picture []byte, file string) {
	s.t.Helper()
	decoded, err := png.Decode(bytes.NewReader(picture))
	require.NoError(s.t, err)
	var small bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	require.NoError(s.t, encoder.Encode(&small, fewColours(decoded)))
	require.NoError(s.t, os.WriteFile(file, small.Bytes(), 0o644))
}

// fewColours keeps the 256 colours that count most in a picture of a page, which
// has few, and takes the nearest for the others. What is colourful counts more
// than greys: it is small and means something.
func fewColours(picture image.Image) image.Image {
	counts := map[color.RGBA]int{}
	bounds := picture.Bounds()
	at := func(x, y int) color.RGBA {
		r, g, b, _ := picture.At(x, y).RGBA()
		return color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 255}
	}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			counts[at(x, y)]++
		}
	}
	var frequent []color.RGBA
	for c := range counts {
		frequent = append(frequent, c)
	}
	weight := func(c color.RGBA) int {
		return counts[c] * (1 + int(max(c.R, c.G, c.B)-min(c.R, c.G, c.B))/4)
	}
	slices.SortFunc(frequent, func(a, b color.RGBA) int { return weight(b) - weight(a) })
	var palette color.Palette
	for _, c := range frequent[:min(256, len(frequent))] {
		palette = append(palette, c)
	}
	nearest := map[color.RGBA]uint8{}
	paletted := image.NewPaletted(bounds, palette)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := at(x, y)
			index, ok := nearest[c]
			if !ok {
				index = uint8(palette.Index(c))
				nearest[c] = index
			}
			paletted.SetColorIndex(x, y, index)
		}
	}
	return paletted
}
