package message

var modelWords = []words{
	{
		name:  "model.version-approved",
		title: Text{"Model version approved", "模型版本已审批通过", "モデルバージョンが承認されました"},
		next: Text{
			EN: "The version may now be published. Approval is final.",
			ZH: "该版本现在可以发布，审批结果不可更改。",
			JA: "このバージョンは公開できます。承認結果は変更できません。",
		},
	},
	{
		name:  "model.version-rejected",
		title: Text{"Model version rejected", "模型版本未通过审批", "モデルバージョンが却下されました"},
		next: Text{
			EN: "Rejection is final for this version. Ask the approver for the reason, and register a new version once it is dealt with.",
			ZH: "该版本的审批结果不可更改。请向审批人了解原因，改进后注册新版本。",
			JA: "このバージョンの却下は変更できません。承認者に理由を確認し、対応後に新しいバージョンを登録してください。",
		},
	},
}
