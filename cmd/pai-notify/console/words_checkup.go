package console

import (
	"regexp"
	"strings"

	"github.com/pai-notify/pai-notify/shared/message"
)

// sentence is one that the check-up says in English, with {} for what varies,
// and how the page says it: {1} is the first of these.
type sentence struct {
	of string
	message.Text
	pattern *regexp.Regexp
}

// sentences are tried in their order. What is none of them, such as a cloud's
// own answer, is shown as it came.
var sentences = compiled([]sentence{
	{of: "{}, and is not there", Text: message.Text{EN: "{1}, and is not there", ZH: "{1}，但尚不存在", JA: "{1}。ただし存在しません"}},
	{of: "lets PAI put events on the bus", Text: message.Text{EN: "lets PAI put events on the bus", ZH: "允许 PAI 向总线投递事件", JA: "PAI がバスにイベントを載せるためのロール"}},
	{of: "lets EventBridge invoke functions", Text: message.Text{EN: "lets EventBridge invoke functions", ZH: "允许 EventBridge 调用函数", JA: "EventBridge が関数を呼び出すためのロール"}},
	{of: "in the PAI console, open the workspace's event notifications and grant the permission it asks for; or: {}", Text: message.Text{
		EN: "in the PAI console, open the workspace's event notifications and grant the permission it asks for; or: {1}",
		ZH: "在 PAI 控制台打开工作空间的“事件通知配置”，并按提示授权；或执行：{1}", JA: "PAI コンソールでワークスペースのイベント通知を開き、求められた権限を許可します。または：{1}"}},
	{of: "in the EventBridge console, start a rule with a Function Compute target and confirm the role it asks for; or: {}", Text: message.Text{
		EN: "in the EventBridge console, start a rule with a Function Compute target and confirm the role it asks for; or: {1}",
		ZH: "在 EventBridge 控制台新建以函数计算为目标的规则，并按提示确认角色；或执行：{1}", JA: "EventBridge コンソールで Function Compute をターゲットとするルールを作り始め、求められたロールを許可します。または：{1}"}},
	{of: "{} to create, {} to change, {} to delete, {}", Text: message.Text{EN: "{1} to create, {2} to change, {3} to delete, {4}", ZH: "待创建 {1}，待修改 {2}，待删除 {3}，{4}", JA: "作成 {1}、変更 {2}、削除 {3}、{4}"}},
	{of: "{}, beside {} that are not this document's", Text: message.Text{EN: "{1}, beside {2} that are not this document's", ZH: "{1}，另有 {2} 条不属于本文档", JA: "{1}、ほかのルールが {2} 件"}},
	{of: "{} as wanted", Text: message.Text{EN: "{1} as wanted", ZH: "{1} 条与文档一致", JA: "{1} 件がドキュメントどおり"}},
	{of: "they cannot be read", Text: message.Text{EN: "they cannot be read", ZH: "无法读取", JA: "読み取れません"}},
	{of: "it is not there", Text: message.Text{EN: "it is not there", ZH: "不存在", JA: "存在しません"}},
	{of: "the document does not fit the bus", Text: message.Text{EN: "the document does not fit the bus", ZH: "文档与总线不相容", JA: "ドキュメントがバスに合いません"}},
	{of: "pai-notify apply makes it; when PAI has made one already, the region or the workspace's name is wrong", Text: message.Text{
		EN: "Apply on the page Document makes it; when PAI has made one already, the region or the workspace's name is wrong",
		ZH: "在“文档”页点“应用”即可创建；如果 PAI 已创建过，则是地域或工作空间名称有误", JA: "「ドキュメント」の「適用」で作られます。PAI がすでに作っている場合は、リージョンかワークスペース名が違います"}},
	{of: "pai-notify plan shows the differences, pai-notify apply makes them", Text: message.Text{
		EN: "the page Document shows the differences and applies them", ZH: "在“文档”页查看差异并应用", JA: "「ドキュメント」で違いを確認して適用します"}},
	{of: "the service answers ServiceNotEnable", Text: message.Text{EN: "the service answers ServiceNotEnable", ZH: "服务返回 ServiceNotEnable", JA: "サービスの応答は ServiceNotEnable です"}},
	{of: "allow ram:GetRole, or look for the role in the RAM console", Text: message.Text{
		EN: "allow ram:GetRole, or look for the role in the RAM console", ZH: "授予 ram:GetRole 权限，或在 RAM 控制台查看该角色", JA: "ram:GetRole を許可するか、RAM コンソールでロールを確認します"}},
	{of: "deploy it (README, Deploy); when it has another name, say so with --functions PREFIX", Text: message.Text{
		EN: "deploy it (README, Deploy); when it has another name, say so with --functions PREFIX",
		ZH: "请部署该函数（见 README 的 Deploy）；若名称不同，用 --functions 指定前缀", JA: "関数をデプロイします（README の Deploy）。名前が違う場合は --functions で接頭辞を指定します"}},
	{of: "the bus's rules may invoke it", Text: message.Text{EN: "the bus's rules may invoke it", ZH: "总线的规则可以调用它", JA: "バスのルールから呼び出せます"}},
	{of: "its policy does not let the rules of the bus invoke it", Text: message.Text{
		EN: "its policy does not let the rules of the bus invoke it", ZH: "其策略不允许总线的规则调用它", JA: "ポリシーがバスのルールからの呼び出しを許可していません"}},
	{of: "the function {} has it", Text: message.Text{EN: "the function {1} has it", ZH: "函数 {1} 已设置", JA: "関数 {1} にあります"}},
	{of: "the function {} does not have it, and what it needs it for fails: {}", Text: message.Text{
		EN: "the function {1} does not have it, and what it needs it for fails: {2}", ZH: "函数 {1} 未设置，相关消息将发送失败：{2}", JA: "関数 {1} にありません。それを使うメッセージは送れません: {2}"}},
	{of: "whether the function {} has it cannot be told: {}", Text: message.Text{
		EN: "whether the function {1} has it cannot be told: {2}", ZH: "无法获知函数 {1} 是否已设置：{2}", JA: "関数 {1} にあるかどうか分かりません: {2}"}},
	{of: "put it into the deployment's secret: {}; a function that was configured by hand needs it among its variables, and its name in PAI_NOTIFY_SECRETS", Text: message.Text{
		EN: "put it into the deployment's secret: {1}; a function that was configured by hand needs it among its variables, and its name in PAI_NOTIFY_SECRETS",
		ZH: "请将其写入部署的密钥：{1}；手动配置的函数需将其加入环境变量，并将名称写入 PAI_NOTIFY_SECRETS",
		JA: "デプロイのシークレットに入れます: {1}。手動で設定した関数では環境変数に加え、名前を PAI_NOTIFY_SECRETS に書きます"}},
	{of: "set it where pai-notify starts, and start it again", Text: message.Text{
		EN: "set it where pai-notify starts, and start it again", ZH: "请在启动 pai-notify 的环境中设置，并重新启动", JA: "pai-notify を起動する環境で設定し、起動し直します"}},
	{of: "the caller lacks it", Text: message.Text{EN: "the caller lacks it", ZH: "当前调用者没有此权限", JA: "呼び出し元にこの権限がありません"}},
	{of: "could not tell without changing something", Text: message.Text{EN: "could not tell without changing something", ZH: "不做变更就无法确认", JA: "変更せずには確認できません"}},
	{of: "not called by this program, which reads targets with eventbridge:GetRule", Text: message.Text{
		EN: "not called by this program, which reads targets with eventbridge:GetRule", ZH: "本程序不使用，目标通过 eventbridge:GetRule 读取", JA: "このプログラムでは使いません。ターゲットは eventbridge:GetRule で読みます"}},
	{of: "could not tell: {}", Text: message.Text{EN: "could not tell: {1}", ZH: "无法确认：{1}", JA: "確認できません：{1}"}},
})

func compiled(list []sentence) []sentence {
	for i, one := range list {
		list[i].pattern = regexp.MustCompile(`(?s)^` + strings.ReplaceAll(regexp.QuoteMeta(one.of), `\{\}`, `(.+?)`) + `$`)
	}
	return list
}

// told puts what the check-up says into the reader's language.
func told(l message.Language, text string) string {
	for _, one := range sentences {
		found := one.pattern.FindStringSubmatch(text)
		if found == nil {
			continue
		}
		said := one.In(l)
		for i, part := range found[1:] {
			said = strings.ReplaceAll(said, "{"+itoa(i+1)+"}", told(l, part))
		}
		return said
	}
	return text
}
