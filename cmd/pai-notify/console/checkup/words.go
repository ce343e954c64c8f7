package checkup

import "github.com/pai-notify/pai-notify/shared/message"

var checkupWords = map[string]message.Text{
	"setup.title":            {EN: "Check-up", ZH: "环境检查", JA: "設定の確認"},
	"setup.ok":               {EN: "Everything is set up", ZH: "一切就绪", JA: "準備は整っています"},
	"setup.unchecked":        {EN: "Not all could be checked", ZH: "部分项目无法检查", JA: "確認できない項目があります"},
	"setup.open":             {EN: "Something is missing", ZH: "还有缺失", JA: "不足があります"},
	"setup.rest":             {EN: "The rest", ZH: "其余检查", JA: "そのほか"},
	"setup.again":            {EN: "Check again", ZH: "重新检查", JA: "もう一度確認"},
	"setup.error":            {EN: "The account could not be asked.", ZH: "无法查询账号。", JA: "アカウントに問い合わせできませんでした。"},
	"setup.permissions":      {EN: "Permissions", ZH: "权限", JA: "権限"},
	"setup.permissions.text": {EN: "What the user or role in use may do. Some of it shows only when it is used.", ZH: "当前调用者的权限。部分权限可以立即确认，其余在使用时才能确认。", JA: "呼び出し元に許された操作です。すぐに分かるものと、使ったときに分かるものがあります。"},
	"setup.lacking":          {EN: "Missing permissions: %d. Add them to the policy of your user or role.", ZH: "缺少 %d 项权限，请添加到用户或角色的权限策略中。", JA: "%d 件の権限が不足しています。ユーザーまたはロールのポリシーに追加してください。"},
	"setup.policy":           {EN: "The policy to grant", ZH: "需要授予的权限策略", JA: "付与するポリシー"},

	"verdict.ok":      {EN: "OK", ZH: "正常", JA: "正常"},
	"verdict.missing": {EN: "missing", ZH: "缺失", JA: "不足"},
	"verdict.unknown": {EN: "unknown", ZH: "未知", JA: "不明"},

	"guide.title":            {EN: "One thing comes first: EventBridge", ZH: "第一步：开通 EventBridge", JA: "まず EventBridge から"},
	"guide.lead":             {EN: "PAI hands its events to EventBridge, and rules there decide who is told. The account has not activated it yet.", ZH: "PAI 把事件交给事件总线 EventBridge，由其中的规则决定通知谁。当前账号尚未开通。", JA: "PAI はイベントを EventBridge に渡し、そこのルールが通知先を決めます。このアカウントではまだ有効化されていません。"},
	"guide.activate":         {EN: "Activate EventBridge", ZH: "开通 EventBridge", JA: "EventBridge を有効化"},
	"guide.activate.local":   {EN: "On this machine it takes one click.", ZH: "在本机上点一下即可。", JA: "このマシンではクリックするだけです。"},
	"guide.activate.cloud":   {EN: "Open the EventBridge console, choose the region of the workspace, and confirm the activation.", ZH: "打开 EventBridge 控制台，选择工作空间所在地域，并确认开通。", JA: "EventBridge コンソールを開き、ワークスペースのリージョンを選んで有効化を確認します。"},
	"guide.activate.go":      {EN: "Activate", ZH: "开通", JA: "有効化"},
	"guide.open":             {EN: "Open the EventBridge console", ZH: "打开 EventBridge 控制台", JA: "EventBridge コンソールを開く"},
	"guide.role":             {EN: "Let PAI put events on the bus", ZH: "允许 PAI 投递事件", JA: "PAI にイベントの投入を許可"},
	"guide.role.text":        {EN: "In the workspace's event notifications in the PAI console, grant what it asks for: it creates the role AliyunServiceRoleForPAIWorkspace. This machine needs no role.", ZH: "在 PAI 控制台的工作空间“事件通知配置”中同意授权，即会创建角色 AliyunServiceRoleForPAIWorkspace。本机模式无需角色。", JA: "PAI コンソールのワークスペースのイベント通知で許可すると、ロール AliyunServiceRoleForPAIWorkspace が作られます。このマシンでは不要です。"},
	"guide.permissions":      {EN: "Have the permissions", ZH: "具备权限", JA: "権限を確認"},
	"guide.permissions.text": {EN: "A RAM user needs 15 permissions of EventBridge; once it is activated, this page lists those that are missing.", ZH: "RAM 用户需要 EventBridge 的 15 项权限；开通后，本页会列出缺少的权限。", JA: "RAM ユーザーには EventBridge の 15 の権限が必要です。有効化後、このページが不足分を示します。"},
	"guide.again":            {EN: "Then check again", ZH: "然后重新检查", JA: "もう一度確認"},
}
