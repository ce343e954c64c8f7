package checkup

import "github.com/pai-notify/pai-notify/shared/message"

var checkupWords = map[string]message.Text{
	"setup.title":            {EN: "Check-up", ZH: "环境检查", JA: "設定の確認"},
	"setup.ok":               {EN: "Everything is set up", ZH: "环境检查通过", JA: "設定はすべて完了しています"},
	"setup.checked":          {EN: "Everything that could be checked is set up", ZH: "可检查的项目均已通过", JA: "確認できた項目はすべて設定済みです"},
	"setup.at":               {EN: "Checked", ZH: "检查于", JA: "確認："},
	"setup.pending":          {EN: "The check takes longer than usual.", ZH: "检查用时较长。", JA: "確認に時間がかかっています。"},
	"setup.unchecked":        {EN: "Some items could not be checked", ZH: "部分项目无法检查", JA: "確認できない項目があります"},
	"setup.open":             {EN: "Some items are missing", ZH: "有缺失项", JA: "不足している項目があります"},
	"setup.rest":             {EN: "Other checks", ZH: "其他检查项", JA: "その他の確認項目"},
	"setup.again":            {EN: "Check again", ZH: "重新检查", JA: "もう一度確認"},
	"setup.permissions":      {EN: "Permissions", ZH: "权限", JA: "権限"},
	"setup.permissions.text": {EN: "Permissions of the user or role in use. Some can only be checked when they are used.", ZH: "当前调用者的权限。部分权限可以立即确认，其余在使用时才能确认。", JA: "使用中のユーザーまたはロールの権限です。実際に使うまで確認できないものもあります。"},
	"setup.lacking":          {EN: "Missing permissions: %d. Add them to the policy of your user or role.", ZH: "缺少 %d 项权限，请添加到用户或角色的权限策略中。", JA: "%d 件の権限が不足しています。ユーザーまたはロールのポリシーに追加してください。"},
	"setup.policy":           {EN: "Policy to grant", ZH: "需要授予的权限策略", JA: "付与するポリシー"},

	"verdict.ok":      {EN: "OK", ZH: "正常", JA: "正常"},
	"verdict.missing": {EN: "missing", ZH: "缺失", JA: "不足"},
	"verdict.look":    {EN: "needs attention", ZH: "需要处理", JA: "要対応"},
	"verdict.unknown": {EN: "unknown", ZH: "未知", JA: "不明"},

	"guide.title":            {EN: "First step: activate EventBridge", ZH: "第一步：开通事件总线 EventBridge", JA: "最初に EventBridge を有効化します"},
	"guide.lead":             {EN: "PAI publishes its events to EventBridge, where rules decide who is notified. This account has not activated EventBridge yet.", ZH: "PAI 将事件发布到事件总线 EventBridge，由事件规则决定通知给谁。当前账号尚未开通。", JA: "PAI はイベントを EventBridge に送信し、EventBridge のルールが通知先を決めます。このアカウントではまだ有効化されていません。"},
	"guide.activate":         {EN: "Activate EventBridge", ZH: "开通事件总线 EventBridge", JA: "EventBridge を有効化"},
	"guide.activate.local":   {EN: "On this machine, one click is enough.", ZH: "在本机上单击按钮即可开通。", JA: "このマシンではボタンをクリックするだけです。"},
	"guide.activate.cloud":   {EN: "Open the EventBridge console, select the region of the workspace and confirm the activation.", ZH: "打开事件总线 EventBridge 控制台，选择工作空间所在地域，并确认开通。", JA: "EventBridge コンソールを開き、ワークスペースのリージョンを選択して有効化を確認します。"},
	"guide.activate.go":      {EN: "Activate", ZH: "开通", JA: "有効化"},
	"guide.open":             {EN: "Open the EventBridge console", ZH: "打开事件总线 EventBridge 控制台", JA: "EventBridge コンソールを開く"},
	"guide.role":             {EN: "Allow PAI to publish events", ZH: "授权 PAI 投递事件", JA: "PAI によるイベントの送信を許可"},
	"guide.role.text":        {EN: "In the PAI console, open the workspace's event notifications and grant the permission it asks for. This creates the role AliyunServiceRoleForPAIWorkspace. The bus of this machine needs no role.", ZH: "在 PAI 控制台打开工作空间的“事件通知配置”，并按提示授权，系统将自动创建服务关联角色 AliyunServiceRoleForPAIWorkspace。本机模式无需角色。", JA: "PAI コンソールでワークスペースのイベント通知を開き、求められた権限を許可すると、サービスリンクロール AliyunServiceRoleForPAIWorkspace が作成されます。このマシンのバスではロールは不要です。"},
	"guide.permissions":      {EN: "Get the permissions", ZH: "获取权限", JA: "権限を確認"},
	"guide.permissions.text": {EN: "A RAM user needs 15 EventBridge permissions. After the activation, this page lists the missing ones.", ZH: "RAM 用户需要 EventBridge 的 15 项权限；开通后，本页会列出缺少的权限。", JA: "RAM ユーザーには EventBridge の 15 個の権限が必要です。有効化すると、不足している権限がこのページに表示されます。"},
	"guide.again":            {EN: "Check again", ZH: "重新检查", JA: "もう一度確認"},
}
