package message

var dswWords = []words{
	{
		name:  "dsw.instance-creating",
		title: Text{"DSW instance is being created", "DSW 实例创建中", "DSW インスタンスを作成しています"},
	},
	{
		name:  "dsw.instance-running",
		title: Text{"DSW instance is running", "DSW 实例已运行", "DSW インスタンスが実行中になりました"},
	},
	{
		name:  "dsw.instance-failed",
		title: Text{"DSW instance failed", "DSW 实例失败", "DSW インスタンスが失敗しました"},
		next: Text{
			EN: "Read the reason and the instance's events. When resources are short, choose another specification or quota, or try later; otherwise check the image and the mounted datasets.",
			ZH: "请查看失败原因和实例事件。若资源不足，请更换规格或资源配额，或稍后重试；否则请检查镜像和挂载的数据集。",
			JA: "失敗の理由とインスタンスのイベントを確認してください。リソース不足なら別の仕様やクォータを選ぶか、時間をおいて再試行してください。それ以外の場合は、イメージとマウントしたデータセットを確認してください。",
		},
	},
	{
		name:  "dsw.image-saving",
		title: Text{"DSW image is being saved", "DSW 镜像保存中", "DSW イメージを保存しています"},
		next: Text{
			EN: "Keep the instance running until the image is saved.",
			ZH: "镜像保存完成之前，请勿停止实例。",
			JA: "保存が終わるまで、インスタンスを停止しないでください。",
		},
	},
	{
		name:  "dsw.image-saved",
		title: Text{"DSW image saved", "DSW 镜像已保存", "DSW イメージが保存されました"},
	},
	{
		name:  "dsw.image-save-failed",
		title: Text{"DSW image could not be saved", "DSW 镜像保存失败", "DSW イメージを保存できませんでした"},
		next: Text{
			EN: "The environment is not saved: do not delete the instance yet. Check the right to push to the image repository, its quota and the size of the image, then save again.",
			ZH: "当前环境尚未保存，请先不要删除实例。请检查镜像仓库的推送权限、配额和镜像大小，然后重新保存。",
			JA: "環境は保存されていないため、まだインスタンスを削除しないでください。イメージリポジトリへのプッシュ権限、クォータ、イメージのサイズを確認し、もう一度保存してください。",
		},
	},
	{
		name:  "dsw.instance-stopping",
		title: Text{"DSW instance is stopping", "DSW 实例停止中", "DSW インスタンスを停止しています"},
	},
	{
		name:  "dsw.instance-stopped",
		title: Text{"DSW instance stopped", "DSW 实例已停止", "DSW インスタンスが停止しました"},
	},
}
