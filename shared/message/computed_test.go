package message_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pai-notify/pai-notify/shared/event"
	"github.com/pai-notify/pai-notify/shared/message"
)

func spec(pods, gpu string) string {
	return `{"PodCount":` + pods + `,"ResourceConfig":{"GPU":` + gpu + `}}`
}

func TestGPUsAreThoseOfAllPods(t *testing.T) {
	for outcome, c := range map[string]struct{ specs, want string }{
		"pods times GPUs":      {spec("64", `"8"`), "512 (64 × 8)"},
		"numbers":              {spec("64", "8"), "512 (64 × 8)"},
		"one pod needs no sum": {spec("1", `"8"`), "8"},
		"one GPU a pod":        {spec("64", `"1"`), "64 (64 × 1)"},
		"pods of the same size are counted as one": {spec("1", `"8"`) + "," + spec("63", `"8"`), "512 (64 × 8)"},
		"pods of several sizes":                    {spec("1", `"2"`) + "," + spec("64", `"8"`), "514 (1 × 2 + 64 × 8)"},
		"pods of many sizes":                       {spec("1", "1") + "," + spec("1", "2") + "," + spec("1", "3") + "," + spec("1", "4") + "," + spec("1", "5") + "," + spec("1", "6") + "," + spec("1", "7"), "28"},
		"pods without GPUs":                        {`{"PodCount":2,"ResourceConfig":{"CPU":"8"}},` + spec("4", `"8"`), "32 (4 × 8)"},
		"shares of a GPU":                          {spec("3", `"0.1"`), "0.3 (3 × 0.1)"},
		"names in snake_case":                      {`{"pod_count":2,"resource_config":{"gpu":"8"}}`, "16 (2 × 8)"},
		"no GPUs are nothing":                      {spec("64", `"0"`), ""},
		"an empty text is nothing":                 {spec("64", `""`), ""},
		"no pods are nothing":                      {spec("0", `"8"`), ""},
		"GPUs that are no number are nothing":      {spec("64", `"eight"`) + "," + spec("1", "1"), ""},
		"a number that is absurd is nothing":       {spec("64", `"1e300"`), ""},
		"a number that is none is nothing":         {spec("64", `"NaN"`), ""},
		"a negative number is nothing":             {spec("-64", `"8"`), ""},
		"half a pod is nothing":                    {spec("0.5", `"8"`), ""},
		"an unknown number of pods is nothing":     {`{"ResourceConfig":{"GPU":"8"}}`, ""},
		"lists of what is no object are nothing":   {`1,2`, ""},
		"null is nothing":                          {`null`, ""},
		"a configuration of another type":          {`{"PodCount":2,"ResourceConfig":[8]}`, ""},
	} {
		t.Run(outcome, func(t *testing.T) {
			e, s, known := of(t, "dlc.job-failed", `"JobSpecs":[`+c.specs+`]`)
			assert.Equal(t, c.want, value(message.Render(e, s, known, message.English, event.Rule{}), "gpus"))
		})
	}
	for l, want := range map[message.Language]string{message.English: "512 (64 × 8)", message.Chinese: "512 卡（64 × 8）", message.Japanese: "512 基（64 × 8）"} {
		e, s, known := of(t, "dlc.job-queued", `"JobSpecs":[`+spec("64", `"8"`)+`]`)
		assert.Equal(t, want, value(message.Render(e, s, known, l, event.Rule{}), "gpus"))
	}
}

func TestGPUsOfADocumentsPath(t *testing.T) {
	for outcome, c := range map[string]struct{ path, want string }{
		"a list":           {"JobSpecs", "16 卡（2 × 8）"},
		"its elements":     {"JobSpecs.*", "16 卡（2 × 8）"},
		"one element":      {"JobSpecs.0", "16 卡（2 × 8）"},
		"a number":         {"GpuCount", "4 卡"},
		"a text":           {"Cards", "8x A100"},
		"nothing":          {"None", ""},
		"a list of others": {"Others", ""},
	} {
		t.Run(outcome, func(t *testing.T) {
			e := parse(t, `{"id":"e","source":"s","type":"t","data":{"GpuCount":4,"Cards":"8x A100","None":0,"Others":["a"],"JobSpecs":[`+spec("2", "8")+`]}}`)
			s := event.Source{Name: "own", Fields: []event.Field{{Label: "gpus", Path: c.path}}}
			assert.Equal(t, c.want, value(message.Render(e, s, event.Type{Name: "own.x"}, message.Chinese, event.Rule{}), "gpus"))
		})
	}
}

func pods(n int, status string) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"PodId":"dlc1-worker-%d","Status":%q}`, i, status))
	}
	return strings.Join(list, ",")
}

func TestTheFirstWorkersThatFailedAreNamed(t *testing.T) {
	for outcome, c := range map[string]struct{ pods, en, zh, ja string }{
		"one":                            {pods(1, "Failed"), "worker-0", "worker-0", "worker-0"},
		"four":                           {pods(4, "Failed"), "worker-0, worker-1, worker-2, worker-3", "worker-0、worker-1、worker-2、worker-3", "worker-0、worker-1、worker-2、worker-3"},
		"64":                             {pods(64, "Failed"), "worker-0, worker-1, worker-2 and 61 more", "worker-0、worker-1、worker-2 等 64 个", "worker-0、worker-1、worker-2 他 61 件"},
		"those that run do not count":    {pods(3, "Running") + `,{"PodId":"dlc1-worker-9","Status":"failed"}`, "worker-9", "worker-9", "worker-9"},
		"those that were evicted":        {`{"PodId":"dlc1-worker-9","Status":"Failed","SubStatus":"Evicted"}`, "", "", ""},
		"those that were preempted":      {`{"PodId":"dlc1-worker-9","Status":"Failed","SubStatus":"Preempted"}`, "", "", ""},
		"those of another job":           {`{"PodId":"dlc2-worker-9","Status":"Failed"}`, "dlc2-worker-9", "dlc2-worker-9", "dlc2-worker-9"},
		"names in snake_case":            {`{"pod_id":"dlc1-master-0","status":"Failed"}`, "master-0", "master-0", "master-0"},
		"pods without a status":          {`{"PodId":"dlc1-worker-9"}`, "", "", ""},
		"pods without a name":            {`{"Status":"Failed"}`, "", "", ""},
		"names alone say no status":      {`"dlc1-worker-9"`, "", "", ""},
		"what is no pod":                 {`1,null,[{"PodId":"a","Status":"Failed"}]`, "", "", ""},
		"a name that is a lie":           {`{"PodId":"dlc1-\u202eworker\n9","Status":"Failed"}`, "worker 9", "worker 9", "worker 9"},
		"a name that is an object":       {`{"PodId":{"a":[]},"Status":"Failed"}`, "", "", ""},
		"a status that is a list":        {`{"PodId":"dlc1-worker-9","Status":["Failed"]}`, "", "", ""},
		"one name beside 63 without one": {`{"PodId":"dlc1-worker-9","Status":"Failed"}` + strings.Repeat(`,{"Status":"Failed"}`, 63), "worker-9 and 63 more", "worker-9 等 64 个", "worker-9 他 63 件"},
	} {
		t.Run(outcome, func(t *testing.T) {
			e, s, known := of(t, "dlc.job-failed", `"Pods":[`+c.pods+`]`)
			for l, want := range map[message.Language]string{message.English: c.en, message.Chinese: c.zh, message.Japanese: c.ja} {
				assert.Equal(t, want, value(message.Render(e, s, known, l, event.Rule{}), "failed_workers"))
			}
		})
	}
}

func TestMetricsAreReadableAndFew(t *testing.T) {
	for outcome, c := range map[string]struct{ metrics, want string }{
		"numbers as they are":    {`{"auc": 0.871, "ks":0.49}`, "auc 0.871, ks 0.49"},
		"long numbers are cut":   {`{"auc":0.87123456789,"loss":1.2345678e-7,"steps":12345678}`, "auc 0.8712, loss 1.235e-07, steps 12345678"},
		"texts":                  {`{"grade":"A","at":"2026-11-19"}`, "grade A, at 2026-11-19"},
		"many":                   {`{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8}`, "a 1, b 2, c 3, d 4, e 5 and 3 more"},
		"what is deeper is not":  {`{"auc":1,"curve":[0,1]}`, "auc 1"},
		"only what is deeper":    {`{"test":{"auc":1}}`, "test auc 1"},
		"a list":                 {`[{"Name":"auc","Value":0.8}]`, "Name auc Value 0.8"},
		"a text in their place":  {`"auc=0.8"`, "auc=0.8"},
		"none":                   {`{}`, ""},
		"null":                   {`null`, ""},
		"an endless name is cut": {`{"` + strings.Repeat("n", 500) + `":1}`, strings.Repeat("n", 61) + "… 1"},
	} {
		t.Run(outcome, func(t *testing.T) {
			e, s, known := of(t, "model.version-approved", `"Metrics":`+c.metrics)
			assert.Equal(t, c.want, value(message.Render(e, s, known, message.English, event.Rule{}), "metrics"))
		})
	}
}

func TestImagesAreShownWithoutTheirRegistry(t *testing.T) {
	for image, want := range map[string]string{
		"dsw-registry-vpc.cn-wulanchabu.cr.aliyuncs.com/pai/pytorch:2.6": "pai/pytorch:2.6",
		"localhost:5000/a":      "a",
		"pai/pytorch:2.6":       "pai/pytorch:2.6",
		"pytorch:2.6":           "pytorch:2.6",
		"registry.example.com/": "registry.example.com/",
		"/a":                    "/a",
	} {
		e, s, known := of(t, "dsw.instance-running", `"ImageName":"`+image+`"`)
		assert.Equal(t, want, value(message.Render(e, s, known, message.English, event.Rule{}), "image"))
	}
}
