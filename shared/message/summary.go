package message

import (
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/hold"
)

// sumUp puts one fact that sums up what has ended, after the reason, in the place of
// those that it says. It says only what the event itself does.
func (h *happening) sumUp(shown []Field, p *hold.Policy, l Language) []Field {
	if p == nil || !p.Summary || !h.hasEnded() {
		return shown
	}
	var parts, said []string
	add := func(key, text string) {
		if text != "" {
			parts, said = append(parts, text), append(said, key)
		}
	}
	lasted := h.lasted()
	if lasted > 0 {
		add("duration", fmt.Sprintf(summedRan.In(l), duration(lasted, l)))
	}
	add("restarts", h.summedRestarts(l))
	gpus := h.find("gpus").opened()
	if total, _ := h.countGPUs(gpus); total == 1 {
		add("gpus", fmt.Sprintf(summedGPU.In(l), number(total)))
	} else if total > 0 {
		add("gpus", fmt.Sprintf(summedGPUs.In(l), number(total)))
	}
	add("", h.cost(gpus, lasted, p.Prices, l))
	if len(parts) == 0 {
		return shown
	}
	text := strings.Join(parts, comma.In(l))
	if l == English {
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	shown = slices.DeleteFunc(shown, func(f Field) bool { return slices.Contains(said, f.Key) })
	at := slices.IndexFunc(shown, func(f Field) bool { return f.Key == "reason" })
	return slices.Insert(shown, at+1, Field{Key: "summary", Label: summaryLabel.In(l), Value: Clip(text, maxValue)})
}

// hasEnded tells of a job or flow that its status says to have ended or, where it has
// none that is known, the type of the event.
func (h *happening) hasEnded() bool {
	if p := h.phase(); p != noPhase {
		return p == ended
	}
	return h.typ.Ends
}

// lasted returns for how many seconds it ran: by its own count, or from when it began
// to when it ended; 0 for what cannot be.
func (h *happening) lasted() int64 {
	n, ok := whole(h.raw("duration"))
	if !ok || n == 0 {
		from, err := time.Parse(time.RFC3339Nano, h.raw("started"))
		to, also := time.Parse(time.RFC3339Nano, h.raw("finished"))
		if err != nil || also != nil {
			return 0
		}
		n = int64(to.Sub(from) / time.Second)
	}
	if n < 0 || n > int64(maxRan/time.Second) {
		return 0
	}
	return n
}

// summedRestarts says how often it was restarted; "" for never, and where the event
// does not say.
func (h *happening) summedRestarts(l Language) string {
	switch done, limit := h.restarts(); {
	case done <= 0:
		return ""
	case limit > 0:
		return fmt.Sprintf(summedRestartsOf.In(l), done, limit)
	case done == 1:
		return summedRestart.In(l)
	default:
		return fmt.Sprintf(summedRestarts.In(l), done)
	}
}

// cost is what the pods of a job cost for so many seconds by the document's prices:
// each by its instance type, or by its GPUs. A pod with neither adds nothing. It is ""
// where one of the others has no price, and where nobody can know: the price of
// preemptible resources changes, and what is retained still costs.
func (h *happening) cost(gpus found, seconds int64, p *hold.Prices, l Language) string {
	if p == nil || seconds <= 0 || gpus.empty() || h.preemptible() || h.retained() {
		return ""
	}
	const share = 100 // of a GPU: it has two digits of fraction at most
	total := new(big.Int)
	add := func(pods, each float64, price int64) {
		one := new(big.Int).Mul(big.NewInt(int64(pods)), big.NewInt(int64(math.Round(each*share))))
		total.Add(total, one.Mul(one, big.NewInt(price)))
	}
	if gpus.text != "" && !gpus.many() {
		count, ok := amount(gpus.text)
		price, known := priceOf(p.GPUs, hold.AnyGPU)
		if !ok || !known {
			return ""
		}
		add(1, count, price)
	} else if !h.addPods(gpus, p, add) {
		return ""
	}
	// From ten-thousandths and hours to hundredths and seconds.
	total.Mul(total, big.NewInt(seconds))
	return money(total, share*3600, p.Currency, l)
}

// addPods adds what the pods of each specification cost in an hour; false where that
// of one is not known.
func (h *happening) addPods(specs found, p *hold.Prices, add func(pods, each float64, price int64)) bool {
	for spec := range h.elements(specs) {
		if !structured(spec) || spec[0] != '{' {
			return false
		}
		read := func(path string) string { return event.Read(event.In(spec, path)) }
		pods, ok := amount(read("PodCount"))
		if !ok || pods != math.Trunc(pods) || read("UseSpotInstance") == "true" || structured(event.In(spec, "SpotSpec")) {
			return false
		}
		if instance := read("EcsSpec"); instance != "" {
			price, known := priceOf(p.Instances, instance)
			if !known {
				return false
			}
			add(pods, 1, price)
			continue
		}
		if !structured(event.In(spec, "ResourceConfig")) {
			return false
		}
		text := read("ResourceConfig.GPU")
		each, ok := amount(text)
		if text == "" || ok && each == 0 {
			continue
		}
		price, known := priceOf(p.GPUs, read("ResourceConfig.GPUType"), hold.AnyGPU)
		if !ok || !known {
			return false
		}
		add(pods, each, price)
	}
	return true
}

// priceOf is the price of the first of these types that has one, in whatever case it
// is written.
func priceOf(prices map[string]int64, types ...string) (price int64, known bool) {
	for _, typ := range types {
		if price, known = prices[typ]; known {
			return price, true
		}
		for _, name := range slices.Sorted(maps.Keys(prices)) {
			if strings.EqualFold(name, typ) {
				return prices[name], true
			}
		}
	}
	return 0, false
}

// mostMoney is more than anything costs, in units of a currency.
const mostMoney = 1_000_000_000_000

// money writes so many ten-thousandths of a currency, divided by so much: whole from
// 100 on, and always for a currency that has no smaller unit; "" for less than can be
// paid.
func money(amount *big.Int, by int64, currency string, l Language) string {
	round := func(unit int64) *big.Int {
		d := big.NewInt(unit * by)
		half := new(big.Int).Rsh(d, 1)
		return half.Quo(half.Add(half, amount), d)
	}
	units, text := round(hold.PriceUnit), ""
	switch cents := round(hold.PriceUnit / 100); {
	case units.Cmp(big.NewInt(mostMoney)) > 0:
		return ""
	case cents.Cmp(big.NewInt(100*100)) >= 0 || slices.Contains(undivided[:], currency):
		if units.Sign() == 0 {
			return ""
		}
		text = units.String()
		for i := len(text) - 3; i > 0; i -= 3 {
			text = text[:i] + "," + text[i:]
		}
	case cents.Sign() == 0:
		return ""
	default:
		text = fmt.Sprintf("%d.%02d", cents.Int64()/100, cents.Int64()%100)
	}
	switch {
	case currency == "CNY" && l == Chinese:
		text += " 元"
	case currency == "JPY" && l == Japanese:
		text += " 円"
	default:
		text = currency + " " + text
	}
	return fmt.Sprintf(summedCost.In(l), text)
}

// undivided are currencies whose smallest unit is one (ISO 4217).
var undivided = [...]string{"JPY", "KRW", "VND"}

var (
	summaryLabel     = Text{"Summary", "运行概况", "実行の概要"}
	summedRan        = Text{"ran %s", "运行 %s", "実行時間 %s"}
	summedRestart    = Text{"restarted once", "重启 1 次", "再起動 1 回"}
	summedRestarts   = Text{"restarted %d times", "重启 %d 次", "再起動 %d 回"}
	summedRestartsOf = Text{"restarted %d of %d times", "重启 %d 次（最多 %d 次）", "再起動 %d 回（最大 %d 回）"}
	summedGPU        = Text{"%s GPU", "%s 卡", "GPU %s 基"}
	summedGPUs       = Text{"%s GPUs", "%s 卡", "GPU %s 基"}
	summedCost       = Text{"about %s", "约 %s", "約 %s"}
)
