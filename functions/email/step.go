package email

// step is how far a conversation has come.
type step int

const (
	connecting step = iota
	greeting
	securing
	loggingIn
	naming // the sender
	addressing
	writing
	ending // the last byte is on its way
)

// text says where in the conversation something ended.
func (s step) text() string {
	switch s {
	case connecting:
		return " (connecting)"
	case greeting:
		return " (waiting for its greeting)"
	case securing:
		return " (securing the connection)"
	case loggingIn:
		return " (logging in)"
	case naming:
		return " (naming the sender)"
	case addressing:
		return " (naming the receiver)"
	case ending:
		return "; the mail was sent, whether it was taken is unknown"
	}
	return " (sending the mail)"
}
