package rule

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// workload makes the events and patterns of the benchmarks; the same seed makes
// the same ones.
type workload struct{ *rand.Rand }

func newWorkload() workload { return workload{rand.New(rand.NewPCG(20200401, 20210204))} }

func (w workload) pick(list ...string) string { return list[w.IntN(len(list))] }

var (
	paiSources = []string{"acs.paidlc", "acs.paidsw", "acs.paiflow", "acs.paimodel"}
	paiKinds   = []string{"JobQueued", "JobBidding", "JobRunning", "JobFailed", "JobSucceeded", "JobStopped", "JobPreempted",
		"JobRestarted", "JobTimeout", "InstanceCreating", "InstanceRunning", "InstanceStopping", "InstanceStopped", "InstanceFailed",
		"ImageSaving", "ImageSaved", "ImageSaveFailed", "RunFailed", "RunFinished", "VersionApproved", "VersionRejected"}
	paiStatus = []string{"Creating", "Queuing", "Bidding", "EnvPreparing", "Running", "Restarting", "Stopping", "Succeeded", "Failed", "Stopped"}
)

func (w workload) digits(n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(byte('0' + w.IntN(10)))
	}
	return b.String()
}

// user and workspace come from populations that rules and events share.
func (w workload) user() string      { return fmt.Sprintf("2%017d", w.IntN(2000)*7919) }
func (w workload) workspace() string { return fmt.Sprint(100000 + w.IntN(500)) }
func (w workload) job() string       { return "dlc" + w.digits(6) + w.pick("train", "eval", "infer", "tune") }

func (w workload) kind() string { return "pai:" + w.pick("DLC", "DSW") + ":" + w.pick(paiKinds...) }

// paiEvent is an event of 1 to 1.5 KB in the shape of PAI's.
func (w workload) paiEvent() []byte {
	source, job := w.pick(paiSources...), w.job()
	var history []string
	for range 1 + w.IntN(3) {
		history = append(history, fmt.Sprintf(`{"Status":"%s","StartTime":"2025-11-06T01:%02d:03Z","ReasonCode":"%s","ReasonMessage":"the state has changed"}`,
			w.pick(paiStatus...), w.IntN(60), w.pick("", "JobStoppedByUser", "JobFailedByPod")))
	}
	return fmt.Appendf(nil, `{"specversion":"1.0","id":"%s-%s","source":"%s","type":"%s","subject":"acs:pai:cn-hangzhou:%s:workspace/%s/%s",`+
		`"time":"2025-11-06T01:%02d:%02d.%03dZ","datacontenttype":"application/json;charset=utf-8","aliyunaccountid":"1234567890123456",`+
		`"aliyunpublishtime":"2025-11-06T01:02:03.456Z","aliyunregionid":"%s","aliyuneventbusname":"pai-system-w1",`+
		`"data":{"JobId":"%s","DisplayName":"训练-%s-%s","JobType":"%s","UserId":"%s","WorkspaceId":"%s","WorkspaceName":"w1",`+
		`"ResourceId":"quota%s","ResourceType":"%s","Priority":%d,"Accessibility":"%s","Status":"%s","SubStatus":"","ReasonCode":"%s",`+
		`"ReasonMessage":"the pod \"%s-worker-0\" ended with code %d","Duration":%d,"RestartTimes":"0/%d","EnablePreemptibleJob":%t,`+
		`"GmtCreateTime":"2025-11-06T00:00:00Z","GmtFinishTime":null,"StatusHistory":[%s],"Settings":{"Tags":{"team":"%s","stage":"prod"},"Gpu":%d,"Driver":"535.%d"}}}`,
		w.digits(8), w.digits(12), source, w.kind(), w.digits(16), w.workspace(), job, w.IntN(60), w.IntN(60), w.IntN(1000),
		w.pick("cn-hangzhou", "cn-beijing", "cn-shanghai"), job, w.pick("resnet", "llama", "qwen", "bert"), w.digits(4),
		w.pick("PyTorchJob", "TFJob", "XGBoostJob"), w.user(), w.workspace(), w.digits(6), w.pick("ECS", "Lingjun", "ACS"), 1+w.IntN(9),
		w.pick("PUBLIC", "PRIVATE"), w.pick(paiStatus...), w.pick("", "JobStoppedByUser", "JobFailedByPod"), job, w.IntN(256),
		w.IntN(100000), w.IntN(20), w.IntN(2) == 0, strings.Join(history, ","), w.pick("nlp", "cv", "ads"), w.IntN(9), w.IntN(200))
}

// quoted is a list of n things, as JSON.
func quoted(n int, one func() string) string {
	var list []string
	for range n {
		list = append(list, `"`+one()+`"`)
	}
	return strings.Join(list, ",")
}

// paiPattern is a rule as workspaces have them: lists of sources and types, and
// of the payload a user, a workspace, a prefix, a suffix, an exclusion or a
// number.
func (w workload) paiPattern() string {
	top := fmt.Sprintf(`"source":[%s],"type":[%s]`, quoted(1+w.IntN(2), func() string { return w.pick(paiSources...) }), quoted(1+w.IntN(3), w.kind))
	var data []string
	if w.IntN(10) < 6 {
		data = append(data, fmt.Sprintf(`"UserId":[%s]`, quoted(1+w.IntN(2), w.user)))
	}
	if w.IntN(10) < 6 {
		data = append(data, fmt.Sprintf(`"WorkspaceId":[%s]`, quoted(1, w.workspace)))
	}
	switch w.IntN(8) {
	case 0:
		data = append(data, fmt.Sprintf(`"DisplayName":[{"prefix":"训练-%s-%s"}]`, w.pick("resnet", "llama", "qwen", "bert"), w.digits(1+w.IntN(2))))
	case 1:
		data = append(data, fmt.Sprintf(`"JobId":[{"suffix":"%s%s"}]`, w.digits(1), w.pick("train", "eval", "infer", "tune")))
	case 2:
		data = append(data, fmt.Sprintf(`"Status":[{"anything-but":[%s]}]`, quoted(1+w.IntN(3), func() string { return w.pick(paiStatus...) })))
	case 3:
		data = append(data, fmt.Sprintf(`"Priority":[{"numeric":[">=",%d]}]`, 1+w.IntN(9)))
	case 4:
		data = append(data, fmt.Sprintf(`"Settings":{"Gpu":[{"numeric":[">",0,"<=",%d]}]}`, 1+w.IntN(8)))
	case 5:
		data = append(data, `"ReasonCode":[{"exists":true}]`)
	}
	if len(data) == 0 {
		return "{" + top + "}"
	}
	return "{" + top + `,"data":{` + strings.Join(data, ",") + "}}"
}

// lot is a line in the shape of the public "citylots" set: short properties and
// a polygon, as nested arrays or, with points, as objects of x, y and z.
func (w workload) lot(points bool) []byte {
	var ring []string
	for range 4 + w.IntN(16) {
		x, y := "-122."+w.digits(15), "37."+w.digits(15)
		if points {
			x, y = x[:4+1+14], y[:2+1+14] // numbers that a double holds
			ring = append(ring, fmt.Sprintf(`{ "x": %s, "y": %s, "z": 0.0 }`, x, y))
		} else {
			ring = append(ring, fmt.Sprintf(`[ %s, %s, 0.0 ]`, x, y))
		}
	}
	coordinates := "[ [ " + strings.Join(ring, ", ") + " ] ]"
	if points {
		coordinates = "[ " + strings.Join(ring, ", ") + " ]"
	}
	block, number := w.digits(4), w.digits(3)
	return fmt.Appendf(nil, `{ "type": "Feature", "properties": { "MAPBLKLOT": "%s%s", "BLKLOT": "%s%s", "BLOCK_NUM": "%s", "LOT_NUM": "%s", `+
		`"FROM_ST": "%d", "TO_ST": "%d", "STREET": "%s", "ST_TYPE": %s, "ODD_EVEN": "%s" }, "geometry": { "type": "Polygon", "coordinates": %s } }`,
		block, number, block, number, block, number, w.IntN(3000), w.IntN(3000),
		w.pick("UNKNOWN", "CRANLEIGH", "NORIEGA", "TARAVAL", "MISSION", "SEAWARD", "18TH", "BRYANT"), w.pick("null", `"ST"`, `"AVE"`, `"DR"`),
		w.pick("E", "O"), coordinates)
}
