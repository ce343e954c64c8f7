package message

// Approved and Rejected are final, and an EAS service that a rule names is updated
// when a version is approved (help page "Model version approval status and events").
var modelWords = []words{
	{
		name:  "model.version-approved",
		title: Text{"Model version approved", "模型版本已审批通过", "モデルバージョン承認"},
		next: Text{
			EN: "The version may be published; approval is final. An EAS service set in a rule for this model updates by itself.",
			ZH: "该版本可以发布；审批结果不可再更改。规则中为该模型设置的 EAS 服务会自动更新。",
			JA: "このバージョンは公開できます。承認結果は変更できません。このモデルのルールで指定した EAS サービスは自動更新されます。",
		},
	},
	{
		name:  "model.version-rejected",
		title: Text{"Model version rejected", "模型版本未通过审批", "モデルバージョン却下"},
		next: Text{
			EN: "Rejection is final for this version. Ask the approver for the reason, and register a new version after you fix it.",
			ZH: "该版本的审批结果不可再更改。请向审批人了解原因，改进后注册新版本。",
			JA: "却下は取り消せません。承認者に詳細を確認し、対応後に新しいバージョンを登録してください。",
		},
	},
}
