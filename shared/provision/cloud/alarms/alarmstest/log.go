package alarmstest

import (
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // the signature is defined with it
	"crypto/sha1" //nolint:gosec // the signature is defined with it
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// alert is an alert rule of Simple Log Service.
type alert struct {
	Name        string `json:"name"`
	DisplayName string `json:"displayName"`
	Schedule    struct {
		Type     string `json:"type"`
		Interval string `json:"interval"`
	} `json:"schedule"`
	Configuration struct {
		Version   string `json:"version"`
		Type      string `json:"type"`
		Dashboard string `json:"dashboard"`
		QueryList []struct {
			StoreType    string `json:"storeType"`
			Region       string `json:"region"`
			Project      string `json:"project"`
			Store        string `json:"store"`
			Query        string `json:"query"`
			TimeSpanType string `json:"timeSpanType"`
			Start        string `json:"start"`
			End          string `json:"end"`
		} `json:"queryList"`
		Group struct {
			Type string `json:"type"`
		} `json:"groupConfiguration"`
		Severities []struct {
			Severity  int `json:"severity"`
			Condition struct {
				Condition      string `json:"condition"`
				CountCondition string `json:"countCondition"`
			} `json:"evalCondition"`
		} `json:"severityConfigurations"`
		Threshold      int  `json:"threshold"`
		NoDataFire     bool `json:"noDataFire"`
		NoDataSeverity int  `json:"noDataSeverity"`
		Policy         struct {
			AlertPolicy  string `json:"alertPolicyId"`
			ActionPolicy string `json:"actionPolicyId"`
			Repeat       string `json:"repeatInterval"`
		} `json:"policyConfiguration"`
	} `json:"configuration"`

	raw json.RawMessage // as it was put, and is answered
}

var (
	severities = []int{2, 4, 6, 8, 10}
	span       = regexp.MustCompile(`^[1-9][0-9]*[mhd]$`)
)

// flaw says what the service would refuse of an alert rule.
func (a alert) flaw(project string) string {
	c := a.Configuration
	switch {
	case a.Name == "" || a.DisplayName == "" || len(a.DisplayName) > 64:
		return "name or displayName"
	case a.Schedule.Type != "FixedRate" || !span.MatchString(a.Schedule.Interval):
		return "schedule"
	case c.Version != "2.0" || c.Type != "default" || c.Dashboard == "" || c.Group.Type != "no_group" || c.Threshold < 1:
		return "configuration"
	case len(c.QueryList) != 1 || len(c.Severities) == 0:
		return "queryList or severityConfigurations"
	case c.Policy.AlertPolicy != "sls.builtin.dynamic" || c.Policy.ActionPolicy == "" || !span.MatchString(c.Policy.Repeat):
		return "policyConfiguration"
	case c.NoDataFire && !slices.Contains(severities, c.NoDataSeverity):
		return "noDataSeverity"
	}
	q := c.QueryList[0]
	if q.StoreType != "log" || q.Region == "" || q.Project != project || q.Store == "" || q.TimeSpanType != "Relative" || q.End != "now" || !span.MatchString(strings.TrimPrefix(q.Start, "-")) {
		return "queryList"
	}
	if _, ok := phrase(q.Query); !ok {
		return "query, which is no phrase"
	}
	for _, s := range c.Severities {
		if _, ok := counts(s.Condition.CountCondition, 0); !ok || s.Condition.Condition != "" || !slices.Contains(severities, s.Severity) {
			return "severityConfigurations"
		}
	}
	return ""
}

// counts tells whether a number of lines meets a condition; "" is any line.
func counts(condition string, lines int) (met, ok bool) {
	if condition == "" {
		return lines > 0, true
	}
	most, is := strings.CutPrefix(condition, "__count__ < ")
	n, err := strconv.Atoi(most)
	return lines < n, is && err == nil
}

// alarms tells whether an alert rule alarms for the lines of a log.
func (a alert) alarms(lines []string) bool {
	text, _ := phrase(a.Configuration.QueryList[0].Query)
	found := 0
	for _, line := range lines {
		if strings.Contains(strings.ToLower(line), strings.ToLower(text)) {
			found++
		}
	}
	if found == 0 && a.Configuration.NoDataFire {
		return true
	}
	for _, s := range a.Configuration.Severities {
		if met, _ := counts(s.Condition.CountCondition, found); met {
			return true
		}
	}
	return false
}

// log answers a call of Simple Log Service.
func (p *Peer) log(w http.ResponseWriter, r *http.Request) {
	refuse := func(status int, code, text string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]string{"errorCode": code, "errorMessage": text}) // the client may have gone
	}
	body, _ := io.ReadAll(r.Body)
	if flaw := p.unsigned(r, body); flaw != "" {
		refuse(http.StatusUnauthorized, flaw, "The signature does not hold.")
		return
	}
	project, _, _ := strings.Cut(r.Host, ".")
	name := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/alerts"), "/")
	action := map[string]string{"GET": "log:GetAlert", "PUT": "log:UpdateAlert", "POST": "log:CreateAlert"}[r.Method]
	if action == "" || !strings.HasPrefix(r.URL.Path, "/alerts") || (name == "") != (r.Method == http.MethodPost) {
		refuse(http.StatusNotFound, "InvalidAction", "No such action is served here.")
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.call(action) {
		refuse(http.StatusForbidden, "Unauthorized", "denied by sts or ram, action: "+action)
		return
	}
	var a alert
	if len(body) > 0 && json.Unmarshal(body, &a) != nil {
		refuse(http.StatusBadRequest, "PostBodyInvalid", "The body is no JSON.")
		return
	}
	if r.Method == http.MethodPost {
		name = a.Name
	}
	have, there := p.alerts[project+"/"+name]
	switch {
	case r.Method == http.MethodPost && there:
		refuse(http.StatusBadRequest, "JobAlreadyExist", "job "+name+" already exists")
		return
	case r.Method != http.MethodPost && !there:
		refuse(http.StatusNotFound, "JobNotExist", "job "+name+" does not exist")
		return
	case r.Method == http.MethodGet:
		_, _ = w.Write(have.raw)
		return
	}
	a.Name = name
	if flaw := a.flaw(project); flaw != "" {
		refuse(http.StatusBadRequest, "ParameterInvalid", flaw)
		return
	}
	var members map[string]any
	_ = json.Unmarshal(body, &members) // it was read before
	members["name"], members["status"], members["createTime"] = name, "ENABLED", 1695090077
	a.raw, _ = json.Marshal(members) // as above
	p.alerts[project+"/"+name] = a
	_, _ = io.WriteString(w, "{}")
}

// unsigned returns the code of what is wrong with a signature.
func (p *Peer) unsigned(r *http.Request, body []byte) string {
	h := r.Header
	if h.Get("X-Log-Apiversion") != "0.6.0" || h.Get("X-Log-Signaturemethod") != "hmac-sha1" || h.Get("X-Log-Bodyrawsize") != strconv.Itoa(len(body)) || h.Get("X-Acs-Security-Token") != p.config.Token {
		return "MissingHeader"
	}
	sum := md5.Sum(body) //nolint:gosec // the signature is defined with it
	if len(body) > 0 && h.Get("Content-MD5") != strings.ToUpper(hex.EncodeToString(sum[:])) {
		return "InvalidContentMD5"
	}
	var ours []string
	for name := range h {
		if small := strings.ToLower(name); strings.HasPrefix(small, "x-log-") || strings.HasPrefix(small, "x-acs-") {
			ours = append(ours, small+":"+h.Get(name)+"\n")
		}
	}
	slices.Sort(ours)
	mac := hmac.New(sha1.New, []byte(p.config.Secret))
	mac.Write([]byte(r.Method + "\n" + h.Get("Content-MD5") + "\n" + h.Get("Content-Type") + "\n" + h.Get("Date") + "\n" + strings.Join(ours, "") + r.URL.RequestURI()))
	if h.Get("Authorization") != "LOG "+p.config.Key+":"+base64.StdEncoding.EncodeToString(mac.Sum(nil)) {
		return "SignatureNotMatch"
	}
	return ""
}
