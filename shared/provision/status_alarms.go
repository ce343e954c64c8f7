package provision

import "context"

// alarms returns the finding about the alarms that tell Options.Alarms, where whoever
// applies the document makes them.
func (pr Provisioner) alarms(ctx context.Context) []Finding {
	to := pr.Options.Alarms
	if to == "" || pr.Cloud.Alarms == nil {
		return nil
	}
	f := Finding{Check: theAlarms.With(), Verdict: OK, Text: alarmsTell.With("name", to)}
	m, err := pr.Cloud.Alarms(to, pr.Options.Prefix)
	var missing []string
	if err == nil {
		missing, err = m.Missing(ctx)
	}
	switch {
	case err != nil:
		f.Verdict, f.Text, f.Remedy = Unknown, answered.With("error", err.Error()), pr.Cloud.remedy(err)
	case len(missing) > 0:
		f.Verdict, f.Text, f.Remedy = Missing, alarmsDiffer.With("alarms", missing), makeAlarms.With("name", to)
	}
	return []Finding{f}
}
