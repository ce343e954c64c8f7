package message

// named are the names that a field goes by in the data of PAI's services and of
// their siblings: those of the OpenAPI objects, of which each service has some,
// and what is common elsewhere. A source that nobody catalogued is read by them,
// and a known one where it has a field under another name. Names are compared
// without regard to case, "_" and "-". PAI does not publish the data of its
// events: this list and the built-in catalogue are the places that guess it.
//
// The order is that in which the facts of a source without fields are shown, down
// to the key "id"; what follows is shown only where a rule or a source asks for
// it.
var named = []struct {
	key   string
	names []string
}{
	{"reason", []string{"ReasonMessage", "ErrorMessage", "FailureMessage", "FailureReason", "StatusMessage", "Message", "ErrorMsg", "Reason", "LatestSnapshot.ReasonMessage"}},
	{"name", []string{"DisplayName", "JobName", "InstanceName", "ServiceName", "TaskName", "ModelName", "PipelineName", "ExperimentName", "Name"}},
	{"version", []string{"VersionName"}},
	{"status", []string{"Status", "State", "JobStatus", "InstanceStatus", "ServiceStatus", "TaskStatus", "RunStatus", "ApprovalStatus", "JobState", "Phase"}},
	{"sub_status", []string{"SubStatus"}},
	{"reason_code", []string{"ReasonCode", "ErrorCode", "FailureCode"}},
	{"failed_workers", []string{"Pods"}},
	{"duration", []string{"Duration"}},
	{"restarts", []string{"RestartTimes", "RestartCount"}},
	{"gpus", []string{"JobSpecs"}},
	{"metrics", []string{"Metrics"}},
	{"user", []string{"UserName", "CreatorName", "Creator", "UserId"}},
	{"quota", []string{"ResourceQuotaName", "QuotaName", "ResourceName", "QuotaId", "ResourceId"}},
	{"spec", []string{"EcsSpec", "InstanceType"}},
	{"workspace", []string{"WorkspaceName", "WorkspaceId"}},
	{"id", []string{"JobId", "InstanceId", "ServiceId", "TaskId", "PipelineRunId", "RunId", "ModelId", "ExperimentId", "Id"}},

	{"user_id", []string{"UserId", "CreatorId"}},
	{"owner", []string{"OwnerId"}},
	{"workspace_id", []string{"WorkspaceId"}},
	{"max_running_time", []string{"JobMaxRunningTimeMinutes"}},
	{"job_type", []string{"JobType"}},
	{"priority", []string{"Priority"}},
	{"resource_type", []string{"ResourceType"}},
	{"image", []string{"ImageName", "ImageUrl", "Image", "JobSpecs.0.Image"}},
	{"snapshot", []string{"LatestSnapshot.SnapshotName"}},
	{"snapshot_status", []string{"LatestSnapshot.Status"}},
	{"snapshot_message", []string{"LatestSnapshot.ReasonMessage"}},
	{"accelerator", []string{"AcceleratorType"}},
	{"payment", []string{"PaymentType"}},
	{"description", []string{"VersionDescription", "Description"}},
	{"format", []string{"FormatType"}},
	{"framework", []string{"FrameworkType"}},
	{"uri", []string{"Uri"}},
	{"flow", []string{"PipelineId"}},
	{"started", []string{"StartedAt", "GmtRunningTime", "StartTime"}},
	{"finished", []string{"FinishedAt", "GmtFinishTime", "EndTime"}},
	{"origin", []string{"SourceType"}},
}

// lastNamed is the key of the last fact of named that is shown unasked.
const lastNamed = "id"

// namesOf returns the names of a field.
func namesOf(key string) []string {
	for i := range named {
		if named[i].key == key {
			return named[i].names
		}
	}
	return nil
}
