package vault

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/pai-notify/pai-notify/cmd/pai-notify/account"
	"github.com/pai-notify/pai-notify/shared/bus"
	"github.com/pai-notify/pai-notify/shared/bus/aliyun/kms"
	"github.com/pai-notify/pai-notify/shared/provision"
	"github.com/pai-notify/pai-notify/shared/provision/policy"
	"github.com/pai-notify/pai-notify/shared/secretstore"
	"github.com/pai-notify/pai-notify/shared/workspace"
)

// vault is a cloud's store of secrets. In both clouds a version is written once
// and never changes.
type vault interface {
	// Read returns the current value and the id of its version; [bus.NotFound]
	// when the secret does not exist.
	Read(ctx context.Context, name string) (value, version string, err error)
	// Create creates a secret; [bus.Exists] when there is one.
	Create(ctx context.Context, name, version, value string) error
	// Put adds a version and makes it the current one; [bus.Exists] when there is
	// one of that id with another value.
	Put(ctx context.Context, name, version, value string) error
}

// vaultFlags say which secret to use.
type vaultFlags struct {
	Bus         string `enum:"aliyun,aws," default:"" help:"Which cloud's secret store to use." placeholder:"aliyun|aws"`
	Store       string `enum:"kms,secretsmanager,file," help:"Secret store: the cloud's, or file for a file in each function's package." env:"PAI_NOTIFY_SECRET_STORE" default:"" placeholder:"kms|secretsmanager|file"`
	Package     string `help:"With --store file: folder with the functions' packages (default: ${default})." default:"build/fc" placeholder:"DIR"`
	Region      string `help:"Region (default: from your credentials)." placeholder:"REGION"`
	Endpoint    string `help:"Address of the store (default: the region's)." placeholder:"URL"`
	Name        string `help:"Name of the secret (default: pai-notify on Alibaba Cloud; pai-notify/PREFIX on AWS, with the function name prefix without its last dash; secrets.json in packages)." placeholder:"NAME"`
	Functions   string `help:"Function name prefix." env:"PAI_NOTIFY_FUNCTIONS_PREFIX" default:"pai-notify-" placeholder:"PREFIX"`
	KMSKey      string `name:"kms-key" help:"Key to encrypt a new secret with (default: the store's own)." placeholder:"KEY"`
	KMSInstance string `name:"kms-instance" help:"KMS instance to create a new secret in, on Alibaba Cloud." placeholder:"ID"`
}

// openedVault is one secret of a store.
type openedVault struct {
	vault
	// secret is the secret's name, scheme the prefix of references to it, and
	// limit the most bytes of its value.
	secret, scheme string
	limit          int
	cloud          provision.Cloud
	// list is what the document needs in the secret; others are other references
	// in the document.
	list   []need
	others []string
}

// vaultTime is how long one call to a store may take.
const vaultTime = 30 * time.Second

// open returns the secrets that the document's references are read from: one in
// the cloud's store, or one in the package of each function.
func (f *vaultFlags) open(ctx context.Context, w *workspace.Workspace) ([]openedVault, error) {
	switch {
	case f.Store == FileStore:
		return f.openPackages(w)
	case f.Bus == "":
		return nil, errors.New("say whose store it is with --bus aliyun or --bus aws, or that the secrets are in the functions' packages with --store file")
	case f.Store != "" && (f.Store == "kms") != (f.Bus == provision.Aliyun):
		return nil, fmt.Errorf("%s is not the store of --bus %s: correct --store or PAI_NOTIFY_SECRET_STORE, or leave it out", f.Store, f.Bus)
	}
	v, err := f.openCloud(ctx)
	v.list, v.others, _ = needs(w, "")
	return []openedVault{v}, err
}

func (f *vaultFlags) openCloud(ctx context.Context) (openedVault, error) {
	place := account.Place{Bus: f.Bus, Region: f.Region, Endpoint: f.Endpoint}
	if f.Bus == provision.AWS {
		c, endpoint, err := place.ConfigAWS(ctx)
		v := openedVault{
			secret: cmp.Or(f.Name, policy.SecretName(f.Bus, f.Functions)), scheme: "secretsmanager", limit: secretstore.MaxSecretsManager,
			cloud: provision.Cloud{Name: provision.AWS, Region: c.Region},
		}
		v.vault = secretstore.NewSecretsManager(secretstore.AWS{
			Region: c.Region, Endpoint: endpoint, Credentials: c.Credentials, Key: f.KMSKey, HTTP: &http.Client{Timeout: vaultTime},
		})
		return v, account.WithRemedy(err, v.cloud)
	}
	region, err := place.RegionAliyun()
	v := openedVault{
		secret: cmp.Or(f.Name, policy.SecretName(f.Bus, f.Functions)), scheme: "kms", limit: kms.MaxSecret,
		cloud: provision.Cloud{Name: provision.Aliyun, Region: region},
	}
	if err != nil {
		return v, err
	}
	v.vault, err = kms.New(kms.Config{Region: region, Endpoint: f.Endpoint, Key: f.KMSKey, Instance: f.KMSInstance})
	return v, err
}

func (v openedVault) String() string { return v.scheme + ":" + v.secret }

// read returns the content of the secret; the version is "" when there is no
// secret.
func (v openedVault) read(ctx context.Context) (members map[string]stored, text, version string, err error) {
	text, version, err = v.Read(ctx, v.secret)
	if bus.KindOf(err) == bus.NotFound {
		return map[string]stored{}, "", "", nil
	}
	if err != nil {
		return nil, "", "", v.explain(err)
	}
	if members, err = readStored(text); err != nil {
		return nil, "", "", fmt.Errorf("%s: %w", v, err)
	}
	return members, text, version, nil
}

// errOvertaken is the error when somebody else wrote the secret first.
var errOvertaken = errors.New("somebody else has written the secret in the meantime: nothing was written; run it again")

// tries is how many versions may have followed the current one before somebody
// restored it: a store keeps at most a hundred.
const tries = 100

// write makes value follow the version before; "" when there is none. The id of
// the new version is derived from the one before, so that of two concurrent
// writers the store refuses the second.
func (v openedVault) write(ctx context.Context, before, value string) error {
	for n := range tries {
		id := following(before, n)
		var err error
		if before == "" {
			err = v.Create(ctx, v.secret, id, value)
		} else {
			err = v.Put(ctx, v.secret, id, value)
		}
		if err == nil {
			return nil
		}
		if bus.KindOf(err) != bus.Exists {
			return v.explain(err)
		}
		// Somebody restored an older version, or was quicker.
		if _, now, err := v.Read(ctx, v.secret); err != nil {
			return v.explain(err)
		} else if now != before {
			return errOvertaken
		}
	}
	return errOvertaken
}

func following(before string, n int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d", before, n))
	return hex.EncodeToString(sum[:16])
}

// explain adds to an error of a store what to do about it.
func (v openedVault) explain(err error) error {
	e, ok := errors.AsType[*bus.Error](err)
	if !ok {
		return err
	}
	switch e.Kind {
	case bus.Denied:
		return fmt.Errorf("%w\n  allow %s on the secret %s, and the use of the key that encrypts it", err, e.Action, v.secret)
	case bus.Quota:
		return fmt.Errorf("%w\n  the account may not have more secrets, or versions of one: delete some, or have the quota raised", err)
	case bus.Invalid:
		return fmt.Errorf("%w\n  the store refuses the name, the key or the instance, or the secret is to be deleted: correct it, or name another secret with --name", err)
	}
	return account.WithRemedy(err, v.cloud)
}
