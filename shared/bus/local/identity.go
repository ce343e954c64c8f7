package local

// Identity is whom a target is for, told by what reads the target's parameters.
// It stays the same wherever on the bus the target stands.
type Identity struct {
	// Rule is the key of the document's rule, and RuleName its name for people.
	Rule, RuleName string
	// Receiver is the key of the receiver in the rule, with its type before it:
	// "dingtalk/oncall".
	Receiver string
	// Sender is a digest of where the messages go, for a platform that counts
	// them: targets with the same one share its rates. It is empty for others.
	Sender string
}
