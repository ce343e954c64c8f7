package frame

import "github.com/pai-notify/pai-notify/shared/message"

// targetWords are what the form and the test of a target say, wherever it is shown.
var targetWords = map[string]message.Text{
	"target.language":          {EN: "Message language", ZH: "消息语言", JA: "メッセージの言語"},
	"test.go":                  {EN: "Test connectivity", ZH: "测试连通性", JA: "接続をテスト"},
	"test.paid":                {EN: "Test connectivity (sends a real message that is billed)", ZH: "测试连通性（真实发送，会产生费用）", JA: "接続をテスト（実際に送信され、課金されます）"},
	"test.works":               {EN: "Test succeeded.", ZH: "连通性测试成功。", JA: "接続テストに成功しました。"},
	"test.fails":               {EN: "Test failed.", ZH: "连通性测试失败。", JA: "接続テストに失敗しました。"},
	"secret.unset":             {EN: "not set", ZH: "未设置", JA: "未設定"},
	"secret.unchecked":         {EN: "not checked here", ZH: "此处无法检查", JA: "ここでは確認できません"},
	"secret.elsewhere":         {EN: "read on AWS only", ZH: "仅在 AWS 上读取", JA: "AWS でのみ読み取り"},
	"secret.unset.local":       {EN: "env:%s is not set on this machine, so messages cannot be sent. Paste the value here, or set the variable and restart the program.", ZH: "本机未设置 env:%s，消息将发送失败。请在此粘贴其值，或设置该变量后重新启动。", JA: "env:%s がこのマシンで設定されていないため、メッセージを送信できません。ここに値を貼り付けるか、変数を設定して再起動してください。"},
	"secret.unset.cloud":       {EN: "env:%s is not set on this machine, so a test from here fails. The functions in the cloud have their own variables: see the check-up.", ZH: "本机未设置 env:%s，因此从此处测试会失败。云上的函数使用各自的环境变量，可在“环境检查”页查看。", JA: "env:%s がこのマシンで設定されていないため、ここからのテストは失敗します。クラウドの関数には独自の環境変数があり、「設定の確認」で確認できます。"},
	"secret.keep":              {EN: "leave empty to keep it", ZH: "留空则保持不变", JA: "空欄なら変更しません"},
	"secret.clear":             {EN: "clear the value", ZH: "清除此值", JA: "値をクリア"},
	"secret.help":              {EN: "Paste the value, or refer to an environment variable as env:NAME. It is not shown again after saving.", ZH: "直接粘贴，或用 env:NAME 引用环境变量。保存后不再显示。", JA: "値を貼り付けるか、env:NAME で環境変数を指定します。保存後は表示されません。"},
	"rule.contacts":            {EN: "Contacts", ZH: "联系人", JA: "連絡先"},
	"rule.contacts.creator":    {EN: "Whoever created it, if a contact has their UID", ZH: "创建者（联系人中有其 UID 时）", JA: "作成者（その UID を持つ連絡先がある場合）"},
	"rule.contacts.none":       {EN: "There are no contacts yet.", ZH: "还没有联系人。", JA: "連絡先がまだありません。"},
	"rule.contacts.missing":    {EN: "Choose at least one contact.", ZH: "请至少选择一位联系人。", JA: "連絡先を 1 件以上選んでください。"},
	"rule.field.missing":       {EN: "Enter a value for %s.", ZH: "请填写“%s”。", JA: "「%s」を入力してください。"},
	"rule.field.lines":         {EN: "One line was ignored. Write each line as name: value.", ZH: "有一行被忽略，请按“名称: 值”填写。", JA: "無視された行があります。各行を「名前: 値」の形式で入力してください。"},
	"rule.more":                {EN: "More settings", ZH: "更多设置", JA: "その他の設定"},
	"target.inbox":             {EN: "No chat group to test with?", ZH: "没有可用的测试群？", JA: "テスト用のグループがない場合："},
	"target.inbox.go":          {EN: "Use this machine's inbox", ZH: "使用本机收件箱", JA: "このマシンの受信箱を使う"},
	"rule.contacts.no.email":   {EN: "has no email address", ZH: "没有邮箱地址", JA: "メールアドレスなし"},
	"rule.contacts.no.phone":   {EN: "has no phone number", ZH: "没有电话号码", JA: "電話番号なし"},
	"target.receiver.contacts": {EN: "If you choose nobody, it reaches:", ZH: "如不选择，则通知：", JA: "選択しない場合の宛先："},
}
