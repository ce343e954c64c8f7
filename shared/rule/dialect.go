package rule

import "fmt"

// Dialect is one of the two pattern languages that call themselves EventBridge
// event patterns. The zero value is no dialect.
type Dialect uint8

// The two dialects. The same text can mean different things in them; see
// [Pattern.Portable].
const (
	Alibaba Dialect = iota + 1 // Alibaba Cloud EventBridge, "aliyun"
	AWS                        // Amazon EventBridge, "aws"
)

// String returns "aliyun" or "aws".
func (d Dialect) String() string {
	switch d {
	case Alibaba:
		return "aliyun"
	case AWS:
		return "aws"
	}
	return fmt.Sprintf("Dialect(%d)", uint8(d))
}

// UnmarshalText accepts "aliyun" and "aws" and nothing else.
func (d *Dialect) UnmarshalText(text []byte) error {
	switch string(text) {
	case "aliyun":
		*d = Alibaba
	case "aws":
		*d = AWS
	default:
		return fmt.Errorf("rule: unknown dialect %q: write aliyun or aws", text)
	}
	return nil
}
