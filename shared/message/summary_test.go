package message_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/hold"
	"github.com/pai-notify/pai-notify/shared/message"
)

// prices are 15 a GPU, 24.50 one of the type H20, and 12.71 an instance, in CNY.
var prices = &hold.Prices{
	Currency:  "CNY",
	GPUs:      map[string]int64{"any": 150_000, "H20": 245_000},
	Instances: map[string]int64{"ecs.gn7i-c8g1.2xlarge": 127_100},
}

func summed(t *testing.T, typ, members string, p *hold.Prices, l message.Language) message.Message {
	t.Helper()
	e, s, known := of(t, typ, members)
	return message.Render(e, s, known, l, event.Rule{Policy: &hold.Policy{Summary: true, Prices: p}})
}

func TestASummarySaysWhatTheEndOfAJobTells(t *testing.T) {
	const ran = `"Status":"Succeeded","Duration":11520,`
	whole := ran + `"RestartTimes":"2/10","JobSpecs":[` + spec("8", `"8"`) + `]`
	for outcome, c := range map[string]struct{ typ, members, want string }{
		"all of it":                             {"dlc.job-succeeded", whole, "Ran 3 h 12 min, restarted 2 of 10 times, 64 GPUs, about CNY 3,072"},
		"restarts without a limit":              {"dlc.job-failed", `"Status":"Failed","RestartTimes":2`, "Restarted 2 times"},
		"a single restart":                      {"dlc.job-failed", `"Status":"Failed","RestartTimes":1`, "Restarted once"},
		"no restart":                            {"dlc.job-failed", ran + `"RestartTimes":"0/10"`, "Ran 3 h 12 min"},
		"a single GPU":                          {"dlc.job-stopped", `"Status":"Stopped","Duration":60,"JobSpecs":[` + spec("1", "1") + `]`, "Ran 1 min, 1 GPU, about CNY 0.25"},
		"no GPU":                                {"dlc.job-stopped", `"Duration":60,"JobSpecs":[` + spec("4", "0") + `]`, "Ran 1 min"},
		"a flow":                                {"flow.task-succeeded", `"Status":"Succeeded","Duration":2127`, "Ran 35 min 27 s"},
		"a flow by its times":                   {"flow.task-failed", `"StartedAt":"2026-11-18T01:51:12.340Z","FinishedAt":"2026-11-18T02:26:40.067Z"`, "Ran 35 min 27 s"},
		"a job by its times":                    {"dlc.job-failed", `"Duration":0,"GmtRunningTime":"2026-11-16T01:47:36Z","GmtFinishTime":"2026-11-16T02:47:36Z"`, "Ran 1 h"},
		"an end before the start":               {"dlc.job-failed", `"GmtRunningTime":"2026-11-16T02:47:36Z","GmtFinishTime":"2026-11-16T01:47:36Z"`, ""},
		"no end":                                {"dlc.job-failed", `"GmtRunningTime":"2026-11-16T02:47:36Z"`, ""},
		"no time at all":                        {"dlc.job-failed", `"JobSpecs":[` + spec("8", `"8"`) + `]`, "64 GPUs"},
		"a thousand years":                      {"dlc.job-failed", `"Duration":31536000000,"JobSpecs":[` + spec("8", `"8"`) + `]`, "64 GPUs"},
		"a negative time":                       {"dlc.job-failed", `"Duration":-5`, ""},
		"nothing":                               {"dlc.job-failed", "", ""},
		"a job that has not ended":              {"dlc.job-running", `"Status":"Running","Duration":60`, ""},
		"a status that denies it":               {"dlc.job-succeeded", `"Status":"Running","Duration":60`, ""},
		"a timeout that ended a job":            {"dlc.job-timeout", `"Status":"Stopped","Duration":60`, "Ran 1 min"},
		"a timeout of a queue":                  {"dlc.job-timeout", `"Status":"Queuing","Duration":60`, ""},
		"a timeout without a status":            {"dlc.job-timeout", `"Duration":60`, ""},
		"a notebook, of which nothing is known": {"dsw.instance-stopped", `"Status":"Stopped"`, ""},
	} {
		m := summed(t, c.typ, c.members, prices, message.English)
		assert.Equal(t, c.want, value(m, "summary"), outcome)
		assert.Equal(t, c.want, m.Value("summary"), outcome)
	}
	assert.Equal(t, "运行 3 小时 12 分钟，重启 2 次（最多 10 次），64 卡，约 3,072 元", value(summed(t, "dlc.job-succeeded", whole, prices, message.Chinese), "summary"))
	assert.Equal(t, "実行時間 3 時間 12 分、再起動 2 回（最大 10 回）、GPU 64 基、約 CNY 3,072", value(summed(t, "dlc.job-succeeded", whole, prices, message.Japanese), "summary"))
}

func TestASummaryStandsForWhatItSaysAndAfterTheReason(t *testing.T) {
	e, s, typ := sample(t, "dlc.job-failed")
	m := message.Render(e, s, typ, message.English, event.Rule{Policy: &hold.Policy{Summary: true}})
	assert.Equal(t, "reason summary failed_workers user quota workspace id time", keys(m))
	assert.Equal(t, "Ran 3 d 17 h, restarted 10 of 10 times, 512 GPUs", value(m, "summary"))
	assert.Contains(t, m.Brief, " · Ran 3 d 17 h, restarted 10 of 10 times, 512 GPUs")

	m = message.Render(e, s, typ, message.English, event.Rule{Fields: []event.Fact{{Key: "user"}, {Key: "gpus"}}, Policy: &hold.Policy{Summary: true}})
	assert.Equal(t, "summary user time", keys(m), "beside what a rule chose")

	m = message.Render(e, s, typ, message.English, event.Rule{Policy: &hold.Policy{Recovered: true}})
	assert.Contains(t, keys(m), "duration restarts", "nobody asked for one")
}

func TestACostIsSaidWhereEveryPriceIsKnown(t *testing.T) {
	role := func(members string) string { return `{"PodCount":2,` + members + `}` }
	gpus := func(typ string) string { return role(`"ResourceConfig":{"GPU":"8","GPUType":"` + typ + `"}`) }
	const cpus, instance = `"ResourceConfig":{"CPU":"4","Memory":"16Gi"}`, `"EcsSpec":"ecs.gn7i-c8g1.2xlarge"`
	listed := &hold.Prices{Currency: "USD", GPUs: map[string]int64{"H20": 30_000}}
	for outcome, c := range map[string]struct {
		p                        *hold.Prices
		hours, specs, with, want string
	}{
		"GPUs of a type":                    {prices, "1", gpus("H20"), "", "CNY 392"},
		"in another case":                   {prices, "1", gpus("h20"), "", "CNY 392"},
		"GPUs of a type that is not listed": {prices, "1", gpus("L20"), "", "CNY 240"},
		"which has no price":                {listed, "1", gpus("L20"), "", ""},
		"GPUs whose type is not said":       {listed, "1", role(`"ResourceConfig":{"GPU":"8"}`), "", ""},
		"instances":                         {prices, "1", role(instance), "", "CNY 25.42"},
		"instances without a price":         {listed, "1", role(instance), "", ""},
		"workers and parameter servers":     {prices, "1", gpus("H20") + "," + role(cpus), "", "CNY 392"},
		"workers on GPUs and on instances":  {prices, "1", gpus("H20") + "," + role(instance), "", "CNY 417"},
		"one role without a price":          {prices, "1", gpus("H20") + "," + role(`"EcsSpec":"ecs.g6.large"`), "", ""},
		"only processors":                   {prices, "1", role(cpus), "", ""},
		"a role of which nothing is said":   {prices, "1", gpus("H20") + `,{"PodCount":2}`, "", ""},
		"pods that nobody can count":        {prices, "1", `{"PodCount":"some","ResourceConfig":{"GPU":"8"}}`, "", ""},
		"half a pod":                        {prices, "1", `{"PodCount":0.5,"ResourceConfig":{"GPU":"8"}}`, "", ""},
		"a share of a GPU":                  {prices, "1", `{"PodCount":1,"ResourceConfig":{"GPU":"0.33"}}`, "", "CNY 4.95"},
		"preemptible resources":             {prices, "1", gpus("H20"), `"EnablePreemptibleJob":true`, ""},
		"a preemptible role":                {prices, "1", role(`"UseSpotInstance":true,` + instance), "", ""},
		"a role with a bid":                 {prices, "1", role(`"SpotSpec":{"SpotStrategy":"SpotAsPriceGo"},` + instance), "", ""},
		"a job that keeps its resources":    {prices, "1", gpus("H20"), `"Status":"FailedReserving"`, ""},
		"no prices":                         {nil, "1", gpus("H20"), "", ""},
		"no time":                           {prices, "0", gpus("H20"), "", ""},
		"no specifications":                 {prices, "1", "", "", ""},
		"no object":                         {prices, "1", `"8 GPUs"`, "", ""},
		"free of charge":                    {&hold.Prices{Currency: "CNY", GPUs: map[string]int64{"any": 0}}, "1", gpus("H20"), "", ""},
		"less than can be paid":             {&hold.Prices{Currency: "JPY", GPUs: map[string]int64{"any": 300}}, "1", gpus("H20"), "", ""},
		"a currency without cents":          {&hold.Prices{Currency: "JPY", GPUs: map[string]int64{"any": 15_000}}, "1", gpus("H20"), "", "JPY 24"},
		"more than there is":                {&hold.Prices{Currency: "CNY", GPUs: map[string]int64{"any": 1 << 53}}, "800000", `{"PodCount":1000000,"ResourceConfig":{"GPU":"1000000"}}`, "", ""},
		"much":                              {prices, "24000", `{"PodCount":1000,"ResourceConfig":{"GPU":"8"}}`, "", "CNY 2,880,000,000"},
	} {
		seconds := map[string]string{"0": "0", "1": "3600", "24000": "86400000", "800000": "2880000000"}[c.hours]
		members := `"Duration":` + seconds + `,"JobSpecs":[` + c.specs + `]`
		if c.with != "" {
			members += "," + c.with
		}
		m := summed(t, "dlc.job-failed", members, c.p, message.English)
		if c.want == "" {
			assert.NotContains(t, value(m, "summary"), "about", outcome)
		} else {
			assert.Contains(t, value(m, "summary"), ", about "+c.want, outcome)
		}
	}
}

func TestMoneyIsRoundedToWhatIsPaid(t *testing.T) {
	// An hour of one GPU.
	for price, want := range map[int64]string{
		49: "", 50: "0.01", 149: "0.01", 150: "0.02", 12_345: "1.23", 12_350: "1.24",
		999_949: "99.99", 999_950: "100", 1_004_999: "100", 1_005_000: "101", 9_999_995_000: "1,000,000",
	} {
		m := summed(t, "dlc.job-failed", `"Duration":3600,"JobSpecs":[`+spec("1", "1")+`]`, &hold.Prices{Currency: "USD", GPUs: map[string]int64{"any": price}}, message.English)
		said := "Ran 1 h, 1 GPU"
		if want != "" {
			said += ", about USD " + want
		}
		assert.Equal(t, said, value(m, "summary"), "%d", price)
	}
	m := summed(t, "dlc.job-failed", `"Duration":3600,"JobSpecs":[`+spec("1", "1")+`]`, &hold.Prices{Currency: "JPY", GPUs: map[string]int64{"any": 4_500_000}}, message.Japanese)
	assert.Equal(t, "実行時間 1 時間、GPU 1 基、約 450 円", value(m, "summary"))
}
