package main

import (
	"context"
	"errors"

	"github.com/pai-notify/pai-notify/functions/provision"
	"github.com/pai-notify/pai-notify/functions/provision/cloud"
)

// openLocal opens the bus of this machine, which speaks the API of Alibaba
// Cloud.
func (f *placeFlags) openLocal(ctx context.Context) (provision.Cloud, error) {
	if f.Endpoint == "" {
		return provision.Cloud{}, errors.New("name the address of the bus: --endpoint http://127.0.0.1:PORT")
	}
	region := f.Region
	if region == "" {
		region = "local"
	}
	c, err := cloud.Aliyun(ctx, cloud.AliyunConfig{Region: region, Endpoint: f.Endpoint, DeadLetter: f.DeadLetter})
	c.Name = provision.Local
	return c, err
}
