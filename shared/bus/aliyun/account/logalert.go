package account

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // the signature is defined with it
	"crypto/sha1" //nolint:gosec // the signature is defined with it
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun/internal/openapi"
)

// LogAlert is an alert rule of Simple Log Service: it searches a log every five
// minutes.
type LogAlert struct {
	// Name is unique in the project, Title what people read, and Text what the alert
	// tells them.
	Name, Title, Text string
	// Project and Store are the log.
	Project, Store string
	// Query finds the lines of the last ten minutes that alert, or, with Absent,
	// that have to be there.
	Query  string
	Absent bool
	// Policy is the id of the action policy, which says who is told.
	Policy string
}

const (
	// A line comes late into the index, so that each is looked for twice.
	alertInterval, alertWindow = "5m", "-10m"
	// alertRepeat is how long an alert that stays is not repeated.
	alertRepeat = "1h"
	// alertSeverity is "high".
	alertSeverity = 8
	// dynamicPolicy is the alert policy that hands alerts to the action policy that the
	// alert rule names.
	dynamicPolicy = "sls.builtin.dynamic"
	// Which conditions alert: any line; or none, besides the rule about missing data.
	anyLine, noLine = "", "__count__ < 1"
)

// alertRule is an alert rule as the API has it (Simple Log Service, Data structure of
// an alert monitoring rule).
type alertRule struct {
	Name        string `json:"name,omitempty"`
	DisplayName string `json:"displayName"`
	Schedule    struct {
		Type     string `json:"type"`
		Interval string `json:"interval"`
	} `json:"schedule"`
	Configuration alertConfiguration `json:"configuration"`
}

type alertConfiguration struct {
	Version    string       `json:"version"`
	Type       string       `json:"type"`
	Dashboard  string       `json:"dashboard"`
	QueryList  []alertQuery `json:"queryList"`
	Group      alertGroup   `json:"groupConfiguration"`
	Joins      []any        `json:"joinConfigurations"`
	Severities []alertLevel `json:"severityConfigurations"`
	Labels     []alertTag   `json:"labels"`
	// Annotations are what the alert says.
	Annotations    []alertTag `json:"annotations"`
	AutoAnnotation bool       `json:"autoAnnotation"`
	SendResolved   bool       `json:"sendResolved"`
	Threshold      int        `json:"threshold"`
	NoDataFire     bool       `json:"noDataFire"`
	NoDataSeverity int        `json:"noDataSeverity"`
	MuteUntil      int        `json:"muteUntil"`
	Policy         struct {
		AlertPolicy  string `json:"alertPolicyId"`
		ActionPolicy string `json:"actionPolicyId"`
		Repeat       string `json:"repeatInterval"`
	} `json:"policyConfiguration"`
}

type alertQuery struct {
	StoreType    string `json:"storeType"`
	Region       string `json:"region"`
	Project      string `json:"project"`
	Store        string `json:"store"`
	Query        string `json:"query"`
	TimeSpanType string `json:"timeSpanType"`
	Start        string `json:"start"`
	End          string `json:"end"`
	PowerSQLMode string `json:"powerSqlMode"`
}

type alertGroup struct {
	Type   string   `json:"type"`
	Fields []string `json:"fields"`
}

type alertLevel struct {
	Severity  int `json:"severity"`
	Condition struct {
		Condition      string `json:"condition"`
		CountCondition string `json:"countCondition"`
	} `json:"evalCondition"`
}

type alertTag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

func (c *Client) alertRule(a LogAlert) alertRule {
	r := alertRule{DisplayName: a.Title}
	r.Schedule.Type, r.Schedule.Interval = "FixedRate", alertInterval
	level := alertLevel{Severity: alertSeverity}
	if level.Condition.CountCondition = anyLine; a.Absent {
		level.Condition.CountCondition = noLine
	}
	r.Configuration = alertConfiguration{
		Version: "2.0", Type: "default", Dashboard: "internal-alert-analysis",
		QueryList: []alertQuery{{
			StoreType: "log", Region: c.config.Region, Project: a.Project, Store: a.Store, Query: a.Query,
			TimeSpanType: "Relative", Start: alertWindow, End: "now", PowerSQLMode: "auto",
		}},
		Group: alertGroup{Type: "no_group", Fields: []string{}}, Joins: []any{}, Severities: []alertLevel{level}, Labels: []alertTag{},
		Annotations:    []alertTag{{"title", a.Title}, {"desc", a.Text}},
		AutoAnnotation: true, SendResolved: true, Threshold: 1, NoDataFire: a.Absent, NoDataSeverity: alertSeverity,
	}
	r.Configuration.Policy.AlertPolicy, r.Configuration.Policy.ActionPolicy, r.Configuration.Policy.Repeat = dynamicPolicy, a.Policy, alertRepeat
	return r
}

// LogAlert asks Simple Log Service for an alert rule. Its error is of the kind
// bus.NotFound when the project has none of that name.
func (c *Client) LogAlert(ctx context.Context, project, name string) (LogAlert, error) {
	answer, err := c.alerts(ctx, "GetAlert", http.MethodGet, "/alerts/"+url.PathEscape(name), project, name, nil)
	if err != nil {
		return LogAlert{}, err
	}
	var r alertRule
	if json.Unmarshal(answer.Body, &r) != nil || r.Name != name {
		return LogAlert{}, answer.Unreadable()
	}
	a := LogAlert{Name: name, Title: r.DisplayName, Absent: r.Configuration.NoDataFire, Policy: r.Configuration.Policy.ActionPolicy}
	if len(r.Configuration.QueryList) == 1 {
		q := r.Configuration.QueryList[0]
		a.Project, a.Store, a.Query = q.Project, q.Store, q.Query
	}
	for _, tag := range r.Configuration.Annotations {
		if tag.Key == "desc" {
			a.Text = tag.Value
		}
	}
	return a, nil
}

// PutLogAlert makes an alert rule of Simple Log Service in its project, or changes
// the one that has its name.
func (c *Client) PutLogAlert(ctx context.Context, a LogAlert) error {
	rule := c.alertRule(a)
	_, err := c.alerts(ctx, "UpdateAlert", http.MethodPut, "/alerts/"+url.PathEscape(a.Name), a.Project, a.Name, rule)
	if bus.KindOf(err) != bus.NotFound {
		return err
	}
	rule.Name = a.Name
	_, err = c.alerts(ctx, "CreateAlert", http.MethodPost, "/alerts", a.Project, a.Name, rule)
	return err
}

// alerts calls an action about alert rules of a project.
func (c *Client) alerts(ctx context.Context, action, method, path, project, resource string, body any) (openapi.Answer, error) {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return openapi.Answer{}, err
		}
	}
	call := openapi.Call{Action: "log:" + action, Resource: project + "/" + resource, Endpoint: c.log}
	answer, err := c.api.SendRequest(ctx, call, func(id, secret, token string) (*http.Request, error) {
		return c.signedLog(method, project, path, text, time.Now(), id, secret, token)
	})
	if err == nil {
		return answer, nil
	}
	// This service calls its codes errorCode.
	var refusal struct{ ErrorCode, ErrorMessage string }
	if json.Unmarshal(answer.Body, &refusal) == nil && refusal.ErrorCode != "" {
		return answer, answer.Refused(refusal.ErrorCode, refusal.ErrorMessage)
	}
	return answer, err
}

// signedLog makes a request of a project, signed as Simple Log Service wants it
// (Request signatures). The SDK that signs all other requests does not know this
// signature.
func (c *Client) signedLog(method, project, path string, body []byte, at time.Time, id, secret, token string) (*http.Request, error) {
	host := project + "." + c.log.Host
	dial := host
	if c.log.Loopback() {
		dial = c.log.Host // no name leads there
	}
	r, err := http.NewRequest(method, c.log.Scheme+"://"+dial+path, bytes.NewReader(body)) //nolint:noctx // the client binds it to one
	if err != nil {
		return nil, fmt.Errorf("account: Simple Log Service: %w", err)
	}
	r.Host = host
	h := r.Header
	h.Set("Date", at.UTC().Format(http.TimeFormat))
	h.Set("User-Agent", "pai-notify")
	if len(body) > 0 {
		sum := md5.Sum(body) //nolint:gosec // the signature is defined with it
		h.Set("Content-Type", "application/json")
		h.Set("Content-MD5", strings.ToUpper(hex.EncodeToString(sum[:])))
	}
	// The names are in their order.
	signed := method + "\n" + h.Get("Content-MD5") + "\n" + h.Get("Content-Type") + "\n" + h.Get("Date") + "\n"
	for _, header := range [][2]string{{"x-acs-security-token", token}, {"x-log-apiversion", "0.6.0"}, {"x-log-bodyrawsize", strconv.Itoa(len(body))}, {"x-log-signaturemethod", "hmac-sha1"}} {
		if header[1] != "" {
			h.Set(header[0], header[1])
			signed += header[0] + ":" + header[1] + "\n"
		}
	}
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write([]byte(signed + r.URL.Path))
	h.Set("Authorization", "LOG "+id+":"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return r, nil
}
