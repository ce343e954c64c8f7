// Command speech measures how long a call of each event lasts in each language,
// read by espeak-ng at its usual speed: the sample as it is, and with names that
// people would not read out. A reading of more than the limit is a failure.
//
//	go run ./bench/speech
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/events"
	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
	"github.com/pai-notify/pai-notify/shared/phone"
)

// limit is how long one reading may last.
const limit = phone.MostSpoken

// voices of espeak-ng for the languages; that of Chinese reads Latin letters as
// English, as the clouds' voices do. The one of Japanese knows no Chinese characters
// and says for each that it is one, so what it measures of a name with some is
// longer than it is.
var voices = map[message.Language]string{message.English: "en-us", message.Chinese: "cmn", message.Japanese: "ja"}

// names are those of jobs that are tried beside the sample's own.
var names = []string{
	"dlc-20261120-qwen3-moe-pretrain-512gpu-lr3e-4",
	"dlc1x9qk7e2w5mzt",
	"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
	"550e8400-e29b-41d4-a716-446655440000",
	"视频：生成-客户流失预测-日更-大规模推荐模型训练-第3批",
	"ジョブ名が長い場合の学習パイプライン",
	strings.Repeat("a", 400),
	strings.Repeat("7", 400),
	strings.Repeat("xkcd-", 80),
	strings.Repeat("失败", 200),
	"👩‍👩‍👧‍👦🚀 обучение модели مرحبا",
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		return fmt.Errorf("speech: no espeak-ng found: apt-get install espeak-ng")
	}
	calls, err := newCloud()
	if err != nil {
		return err
	}
	defer calls.server.Close()
	fmt.Printf("seconds of one reading, at most %.0f\n%-26s   %8s %8s\n", limit.Seconds(), "event", "AWS", "Alibaba")
	var over []string
	measure := func(what string, read reader, m message.Message) (time.Duration, error) {
		text, err := read(m)
		if err != nil {
			return 0, err
		}
		d, err := synthesized(text, m.Language)
		if d > limit {
			over = append(over, fmt.Sprintf("%s: %.1f s: %s", what, d.Seconds(), text))
		}
		return d, err
	}
	for _, l := range message.Languages() {
		// The longest call is made again with each of the names.
		var longest message.Message
		var most time.Duration
		for _, file := range events.Story() {
			source, what, _ := strings.Cut(strings.TrimSuffix(file, ".json"), "-")
			if source == "model" { // calls carry none
				continue
			}
			m, err := rendered(file, source, source+"."+what, l)
			if err != nil {
				return err
			}
			fmt.Printf("%-26s %s", m.Type, l)
			for _, read := range calls.readers(l) {
				d, err := measure(m.Type, read, m)
				if err != nil {
					return err
				}
				fmt.Printf(" %8.1f", d.Seconds())
				if d > most {
					longest, most = m, d
				}
			}
			fmt.Println()
		}
		for _, name := range names {
			longest.Name, longest.Title = name, longest.What+": "+name
			fmt.Printf("  %-24.24s %s", name, l)
			for _, read := range calls.readers(l) {
				d, err := measure(name, read, longest)
				if err != nil {
					return err
				}
				fmt.Printf(" %8.1f", d.Seconds())
			}
			fmt.Println()
		}
	}
	if len(over) > 0 {
		return fmt.Errorf("speech: these take longer than %s:\n%s", limit, strings.Join(over, "\n"))
	}
	return nil
}

// synthesized is the length of what the synthesizer makes of a text.
func synthesized(text string, l message.Language) (time.Duration, error) {
	wav, err := exec.Command("espeak-ng", "-v", voices[l], "--stdout", "--", text).Output()
	const header, rate = 44, 24
	if err != nil || len(wav) <= header {
		return 0, fmt.Errorf("speech: espeak-ng reads nothing of %q: %w", text, err)
	}
	perSecond := 2 * time.Duration(binary.LittleEndian.Uint32(wav[rate:])) // 16 bits, one channel
	return time.Duration(len(wav)-header) * time.Second / perSecond, nil
}

func rendered(file, source, name string, l message.Language) (message.Message, error) {
	payload, err := events.Files.ReadFile(file)
	if err != nil {
		return message.Message{}, err
	}
	e, err := event.Parse(payload)
	s, known := event.Builtin().Source(source)
	typ, also := event.Builtin().Type(name)
	if err != nil || !known || !also {
		return message.Message{}, fmt.Errorf("speech: %s is no event of the catalogue: %w", file, err)
	}
	return message.Render(e, s, typ, l, event.Rule{Name: "job-needs-help", Description: "Somebody has to look at these."}), nil
}
