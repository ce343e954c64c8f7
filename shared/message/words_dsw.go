package message

var dswWords = []words{
	{
		name:  "dsw.instance-creating",
		title: Text{"DSW instance creating", "DSW 实例创建中", "DSW インスタンス作成中"},
	},
	{
		name:  "dsw.instance-running",
		title: Text{"DSW instance started", "DSW 实例已启动", "DSW インスタンス起動"},
	},
	{
		name:  "dsw.instance-failed",
		title: Text{"DSW instance failed", "DSW 实例失败", "DSW インスタンス失敗"},
		next: Text{
			EN: "Read the reason and the instance's events. If resources are insufficient, choose another specification or quota, or try later; otherwise check the image and the mounted datasets.",
			ZH: "请查看失败原因和实例事件。若资源不足，请更换规格或资源配额，或稍后重试；否则请检查镜像和挂载的数据集。",
			JA: "失敗の原因とインスタンスのイベントを確認してください。リソースが不足している場合は別のスペックやクォータを選ぶか、時間をおいて再試行してください。それ以外の場合は、イメージとマウントしたデータセットを確認してください。",
		},
		byState: instanceFailedByState,
	},
	{
		name:    "dsw.image-saving",
		title:   Text{"DSW image saving", "DSW 镜像保存中", "DSW イメージ保存中"},
		next:    savingNext,
		byState: savingByState,
		refined: true,
	},
	{
		name:  "dsw.image-saved",
		title: Text{"DSW image saved", "DSW 镜像已保存", "DSW イメージ保存完了"},
	},
	{
		name:    "dsw.image-save-failed",
		title:   Text{"DSW image save failed", "DSW 镜像保存失败", "DSW イメージ保存失敗"},
		next:    saveFailedNext,
		byState: saveFailedByState,
		refined: true,
	},
	{
		name:    "dsw.instance-stopping",
		title:   Text{"DSW instance stopping", "DSW 实例停止中", "DSW インスタンス停止中"},
		byState: instanceStoppedByState,
		refined: true,
	},
	{
		name:    "dsw.instance-stopped",
		title:   Text{"DSW instance stopped", "DSW 实例已停止", "DSW インスタンス停止"},
		byState: instanceStoppedByState,
		refined: true,
	},
}

// Saving an image. Stopping an instance does not save its environment unless asked
// to: SaveImage of StopInstance is false by default (PAI-DSW API, StopInstance).
var (
	savingNext = Text{
		EN: "Do not stop or delete the instance until the image is saved.",
		ZH: "镜像保存完成之前，请勿停止或删除实例。",
		JA: "保存が終わるまで、インスタンスを停止・削除しないでください。",
	}
	savingWithoutInstance = Text{
		EN: "The instance no longer runs. Do not delete it until you have checked that the image was saved.",
		ZH: "实例已不处于运行状态。确认镜像已保存之前，请勿删除实例。",
		JA: "インスタンスは実行されていません。イメージが保存されたことを確認するまで、インスタンスを削除しないでください。",
	}
	savingDeleted = Text{
		EN: "The instance is deleted or being deleted. Check whether the image was saved.",
		ZH: "实例已删除或正在删除。请确认镜像是否已保存。",
		JA: "インスタンスは削除済みか削除中です。イメージが保存されたか確認してください。",
	}
	saveFailedNext = Text{
		EN: "Not saved: do not stop or delete the instance. Check push permission, repository quota and image size; then save again.",
		ZH: "环境尚未保存，请勿停止或删除实例。请检查推送权限、仓库配额和镜像大小后重新保存。",
		JA: "環境は未保存です。インスタンスを停止・削除しないでください。プッシュ権限、リポジトリのクォータ、イメージサイズを確認して再保存してください。",
	}
	saveFailedWithoutInstance = Text{
		EN: "Not saved, and the instance no longer runs: changes to its environment may be lost. Do not delete it. Start it to see what is left, check push permission, repository quota and image size, and save again.",
		ZH: "环境尚未保存，且实例已不处于运行状态，对环境的改动可能丢失。请勿删除实例：先启动实例确认剩余内容，检查推送权限、仓库配额和镜像大小后重新保存。",
		JA: "環境は未保存で、インスタンスは実行されていません。環境の変更が失われた可能性があります。インスタンスを削除せずに起動し、残っている内容とプッシュ権限、リポジトリのクォータ、イメージサイズを確認して再保存してください。",
	}
	paymentOverdue = Text{
		EN: "Payment is overdue: have the account's bill paid, then start the instance again.",
		ZH: "账号已欠费：请先结清欠费，再重新启动实例。",
		JA: "料金の支払いが遅延しています。未払い料金を支払ってから、インスタンスを再起動してください。",
	}
	saveFailedDeleted = Text{
		EN: "Not saved, and the instance is deleted or being deleted: changes that no earlier image has may be lost. Check push permission, repository quota and image size before you save the image of another instance.",
		ZH: "环境未能保存，且实例已删除或正在删除：以往镜像中没有的改动可能丢失。在其他实例中保存镜像之前，请检查推送权限、仓库配额和镜像大小。",
		JA: "環境は未保存で、インスタンスは削除済みか削除中です。以前のイメージにない変更は失われた可能性があります。別のインスタンスでイメージを保存する前に、プッシュ権限、リポジトリのクォータ、イメージサイズを確認してください。",
	}
	outOfResources = Text{
		EN: "Resources are insufficient: choose another specification or quota, or try again later.",
		ZH: "资源不足：请更换规格或资源配额，或稍后重试。",
		JA: "リソースが不足しています。別のスペックやクォータを選ぶか、時間をおいて再試行してください。",
	}
)
