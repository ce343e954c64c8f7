package problems

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/pai-notify/pai-notify/shared/message"
)

// checked is the name of a line of the check-up: what it is about, which has a
// word in every language, and which one.
func checked(l message.Language, name string) string {
	if _, ok := Book.Words["check."+name]; ok {
		return Book.Say(l, "check."+name)
	}
	what, which, _ := strings.Cut(name, " ")
	if _, ok := Book.Words["check."+what]; !ok {
		return name
	}
	if what == "rules" {
		return Book.Say(l, "check.rules")
	}
	return Book.Say(l, "check."+what) + " " + which
}

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
	{of: "PAI's source is {}, no rule matches it; it looks like {}, for which these rules wait: {}; {}", Text: message.Text{
		EN: "PAI's source is {1}, and no rule matches it. It looks like {2}, for which these rules wait: {3}; {4}",
		ZH: "PAI 的事件源是 {1}，没有规则匹配。它应为 {2}，以下规则正在等待：{3}。{4}", JA: "PAI のイベントソースは {1} で、一致するルールがありません。{2} と思われ、次のルールが待っています：{3}。{4}"}},
	{of: "PAI's source is {}, no rule matches it; {}", Text: message.Text{
		EN: "PAI's source is {1}, and no rule matches it; {2}", ZH: "PAI 的事件源是 {1}，没有规则匹配。{2}", JA: "PAI のイベントソースは {1} で、一致するルールがありません。{2}"}},
	{of: "the data of the source {} has other names than the catalogue says, and these rules match none of it: {}; {}", Text: message.Text{
		EN: "The data of the source {1} has other names than the catalogue says, and these rules match none of it: {2}; {3}",
		ZH: "事件源 {1} 的数据字段名与目录不同，以下规则均无法匹配：{2}。{3}", JA: "イベントソース {1} のデータの項目名がカタログと異なり、次のルールに一致しません：{2}。{3}"}},
	{of: "the catalogue does not know these types of the source {}: {}; these rules wait: {}; rules that match: {}; {}", Text: message.Text{
		EN: "The catalogue does not know these types of the source {1}: {2}. These rules wait: {3}. Rules that match: {4}; {5}",
		ZH: "目录中没有事件源 {1} 的以下类型：{2}。正在等待的规则：{3}。匹配的规则：{4}。{5}", JA: "イベントソース {1} の次の種類はカタログにありません：{2}。待っているルール：{3}。一致するルール：{4}。{5}"}},
	{of: "no rule matches the source {}: the catalogue does not know its types {}; these rules wait: {}; {}", Text: message.Text{
		EN: "No rule matches the source {1}: the catalogue does not know its types {2}. These rules wait: {3}; {4}",
		ZH: "没有规则匹配事件源 {1}：目录中没有其类型 {2}。正在等待的规则：{3}。{4}", JA: "イベントソース {1} に一致するルールがありません。種類 {2} はカタログにありません。待っているルール：{3}。{4}"}},
	{of: "no rule matches the source {}, which the catalogue does not know; {}", Text: message.Text{
		EN: "no rule matches the source {1}, which the catalogue does not know; {2}", ZH: "没有规则匹配事件源 {1}，目录中也没有它。{2}", JA: "イベントソース {1} に一致するルールがなく、カタログにもありません。{2}"}},
	{of: "no rule matches the source {}, and the catalogue does not know these types: {}; {}", Text: message.Text{
		EN: "no rule matches the source {1}, and the catalogue does not know these types: {2}; {3}",
		ZH: "没有规则匹配事件源 {1}，目录中没有以下类型：{2}。{3}", JA: "イベントソース {1} に一致するルールがなく、次の種類はカタログにありません：{2}。{3}"}},
	{of: "source and type are what these rules ask for, and the data that was read is not: {}; {}", Text: message.Text{
		EN: "source and type are what these rules ask for, and the data that was read is not: {1}; {2}",
		ZH: "事件源和类型符合以下规则，但读取到的数据不符合：{1}。{2}", JA: "ソースと種類は次のルールに合いますが、読み取ったデータは合いません：{1}。{2}"}},
	{of: "{}; whether a rule matches depends on data that could not be read", Text: message.Text{
		EN: "{1}; whether a rule matches depends on data that could not be read", ZH: "{1}。是否匹配取决于无法读取的数据", JA: "{1}。一致するかどうかは、読み取れないデータによります"}},
	{of: "{}; rules that match: {}", Text: message.Text{EN: "{1}; rules that match: {2}", ZH: "{1}。匹配的规则：{2}", JA: "{1}。一致するルール：{2}"}},
	{of: "{}; no enabled rule asks for {}", Text: message.Text{EN: "{1}; no enabled rule asks for {2}", ZH: "{1}。没有启用的规则订阅 {2}", JA: "{1}。{2} を求める有効なルールはありません"}},
	{of: "{}; the catalogue knows them, and enabled rules ask for other ones", Text: message.Text{
		EN: "{1}; the catalogue knows them, and enabled rules ask for other ones", ZH: "{1}。目录中有这些事件，已启用的规则订阅的是其他事件", JA: "{1}。カタログにありますが、有効なルールは別のイベントを求めています"}},
	{of: "{}; published with pai-notify and left out: {}", Text: message.Text{
		EN: "{1}; published with pai-notify and left out: {2}", ZH: "{1}；不计通过 pai-notify 发布的 {2} 个", JA: "{1}。pai-notify で発行した {2} 件は数えていません"}},
	{of: "events in {} days: more than {}, of which these were read", Text: message.Text{
		EN: "events in {1} days: more than {2}, of which these were read", ZH: "{1} 天内事件超过 {2} 个，读取了其中这些", JA: "{1} 日間のイベント：{2} 件を超え、この件数だけ読み取りました"}},
	{of: "events in {} days: {}", Text: message.Text{EN: "events in {1} days: {2}", ZH: "{1} 天内的事件：{2}", JA: "{1} 日間のイベント：{2}"}},
	{of: "no event in {} days", Text: message.Text{EN: "No event in {1} days", ZH: "{1} 天内没有事件", JA: "{1} 日間イベントがありません"}},
	{of: "sources: {}", Text: message.Text{EN: "sources: {1}", ZH: "事件源：{1}", JA: "ソース：{1}"}},
	{of: "cannot tell what passed the bus: {}", Text: message.Text{EN: "cannot tell what passed the bus: {1}", ZH: "无法获知总线上有过哪些事件：{1}", JA: "バスを通ったイベントを確認できません：{1}"}},
	{of: "the service keeps no record of events here", Text: message.Text{EN: "the service keeps no record of events here", ZH: "该服务在此不保留事件记录", JA: "このサービスはここではイベントの記録を残しません"}},
	{of: "pai-notify learn says what it takes to read it", Text: message.Text{
		EN: "pai-notify learn says what it takes to read it", ZH: "运行 pai-notify learn 查看读取所需的条件", JA: "読み取りに必要なものは pai-notify learn が示します"}},
	{of: "add the permission to the policy of the user or role; pai-notify policy --learn prints it", Text: message.Text{
		EN: "add the permission to the policy of the user or role; pai-notify policy --learn prints it",
		ZH: "请将该权限添加到用户或角色的策略中；pai-notify policy --learn 会打印", JA: "ユーザーまたはロールのポリシーに権限を追加します。pai-notify policy --learn が表示します"}},
	{of: "have PAI send one, such as by stopping a job, and look again; if none comes, check the workspace's event notifications in the PAI console. A bus whose traces are off shows none either", Text: message.Text{
		EN: "have PAI send one, such as by stopping a job, and look again; if none comes, check the workspace's event notifications in the PAI console. A bus whose traces are off shows none either",
		ZH: "请让 PAI 发送一个事件（例如停止一个任务）后再查看；若仍没有，请在 PAI 控制台检查工作空间的“事件通知配置”。未开启轨迹的总线也不会显示事件",
		JA: "ジョブを停止するなどして PAI からイベントを送り、もう一度確認します。届かない場合は PAI コンソールでワークスペースのイベント通知を確認します。トレースが無効なバスでも表示されません"}},
	{of: "if these events are PAI's, pai-notify learn shows what they are; if not, there is nothing to do", Text: message.Text{
		EN: "if these events are PAI's, pai-notify learn shows what they are; if not, there is nothing to do",
		ZH: "若为 PAI 的事件，可用 pai-notify learn 查看；否则无需处理", JA: "PAI のイベントなら pai-notify learn で確認します。そうでなければ何もする必要はありません"}},
	{of: "pai-notify learn shows which condition fails first", Text: message.Text{
		EN: "pai-notify learn shows which condition fails first", ZH: "pai-notify learn 会显示最先不满足的条件", JA: "最初に満たされない条件は pai-notify learn が示します"}},
	{of: "pai-notify learn shows what they are", Text: message.Text{EN: "pai-notify learn shows what they are", ZH: "用 pai-notify learn 查看", JA: "pai-notify learn で確認します"}},
	{of: "pai-notify learn lists them", Text: message.Text{EN: "pai-notify learn lists them", ZH: "用 pai-notify learn 列出", JA: "pai-notify learn で一覧できます"}},
	{of: "pai-notify learn shows what passed; then name the source and its types in the document's catalogue", Text: message.Text{
		EN: "pai-notify learn shows what passed; then name the source and its types in the document's catalogue",
		ZH: "用 pai-notify learn 查看实际事件，然后在文档的 catalogue 中写明事件源及其类型", JA: "pai-notify learn で実際のイベントを確認し、ドキュメントの catalogue にソースと種類を書きます"}},
	{of: "pai-notify learn shows an override of the catalogue, and puts it into the document with --write", Text: message.Text{
		EN: "the page Overview shows an override of the catalogue and puts it into the document", ZH: "在“概览”页查看目录覆盖项并写入文档", JA: "「概要」でカタログの上書きを確認し、ドキュメントに書き込みます"}},
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
		var parts []string
		for i, part := range found[1:] {
			parts = append(parts, "{"+strconv.Itoa(i+1)+"}", told(l, part))
		}
		return strings.NewReplacer(parts...).Replace(one.In(l))
	}
	return text
}
