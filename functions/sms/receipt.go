package sms

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	dysms "github.com/alibabacloud-go/dysmsapi-20170525/v4/client"
	util "github.com/alibabacloud-go/tea-utils/v2/service"
	"github.com/pai-notify/pai-notify/shared/phone"
	"github.com/pai-notify/pai-notify/shared/target"
)

// The platform's records are asked page by page; a number gets at most 50
// texts of a kind in a day, and a page of 20 is far below the 64 KiB that are
// read of an answer.
const (
	pageSize = 20
	maxPages = 5
)

// days are those of China, by which the records are kept.
var days = time.FixedZone("CST", 8*60*60)

// resolve finds out what became of a request in doubt. A text in the records was
// taken. That they have nothing yet is no proof after a silence: the text may be
// on its way into them. After a refusal it is, and the message may be sent again,
// though not at once.
func (a alibaba) resolve(ctx context.Context, n target.Notification, began time.Time, doubt *phone.Doubt) (target.Receipt, error) {
	taken, err := a.taken(target.Aside(ctx), n, began)
	switch {
	case taken:
		return target.Receipt{Code: "OK"}, nil
	case err == nil && doubt.Refused:
		return target.Receipt{}, doubt.Again()
	}
	return target.Receipt{}, doubt.Unresolved(n.Message.Language)
}

// taken asks the platform's records of the day for the notification's id.
func (a alibaba) taken(ctx context.Context, n target.Notification, began time.Time) (bool, error) {
	on := []string{began.In(days).Format("20060102")}
	if today := a.now().In(days).Format("20060102"); !slices.Contains(on, today) {
		on = append(on, today)
	}
	for _, day := range on {
		for page := int64(1); page <= maxPages; page++ {
			found, more, err := a.page(ctx, n, day, page)
			if err != nil || found {
				return found, err
			}
			if !more {
				break
			}
		}
	}
	return false, nil
}

// record is one text in the platform's records.
type record struct {
	OutID string `json:"OutId"`
}

// page asks for one page of a day's records, and tells whether there are more.
func (a alibaba) page(ctx context.Context, n target.Notification, day string, page int64) (found, more bool, err error) {
	_, exchange, err := a.account().Call(ctx, n.Message.Language, a.number(), func(config *openapi.Config) {
		if client, err := dysms.NewClient(config); err == nil {
			_, _ = client.QuerySendDetailsWithOptions((&dysms.QuerySendDetailsRequest{}).
				SetPhoneNumber(a.number()).SetSendDate(day).SetCurrentPage(page).SetPageSize(pageSize), &util.RuntimeOptions{})
		}
	})
	if err != nil {
		return false, false, err
	}
	answer, err := exchange.Answer()
	if err != nil {
		return false, false, err
	}
	var records struct {
		TotalCount        any
		SmsSendDetailDTOs struct{ SmsSendDetailDTO []record }
	}
	if err := answer.JSON(&records); err != nil {
		return false, false, err
	}
	list := records.SmsSendDetailDTOs.SmsSendDetailDTO
	found = slices.ContainsFunc(list, func(r record) bool { return r.OutID == n.ID })
	total, _ := strconv.ParseInt(fmt.Sprint(records.TotalCount), 10, 64)
	return found, len(list) > 0 && page*pageSize < total, nil
}
