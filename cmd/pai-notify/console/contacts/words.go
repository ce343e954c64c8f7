package contacts

import "github.com/pai-notify/pai-notify/shared/message"

var contactWords = map[string]message.Text{
	"contacts.title":           {EN: "Contacts", ZH: "联系人", JA: "連絡先"},
	"contacts.lead":            {EN: "People who can be notified by email, SMS or voice call.", ZH: "可通过邮件、短信或语音通知的人员。", JA: "メール、SMS、音声電話で通知できる相手です。"},
	"contacts.empty":           {EN: "No contacts yet. You need none for chat groups.", ZH: "还没有联系人。群机器人不需要联系人。", JA: "連絡先はまだありません。チャットグループへの通知には不要です。"},
	"contacts.add":             {EN: "Add a contact", ZH: "添加联系人", JA: "連絡先を追加"},
	"contacts.change":          {EN: "Edit %s", ZH: "编辑 %s", JA: "%s を編集"},
	"contacts.name":            {EN: "Name", ZH: "姓名", JA: "名前"},
	"contacts.name.example":    {EN: "alice", ZH: "张伟", JA: "tanaka"},
	"contacts.name.help":       {EN: "Letters and digits of any language, “-”, “_” and “.”.", ZH: "可使用任意语言的文字、数字，以及“-”“_”“.”。", JA: "任意の言語の文字、数字、「-」「_」「.」を使用できます。"},
	"contacts.name.missing":    {EN: "Enter a name.", ZH: "请填写姓名。", JA: "名前を入力してください。"},
	"contacts.name.taken":      {EN: "Another contact has this name.", ZH: "已有同名联系人。", JA: "同じ名前の連絡先があります。"},
	"contacts.phone":           {EN: "Phone number", ZH: "电话号码", JA: "電話番号"},
	"contacts.phone.example":   {EN: "+8613800138000", ZH: "13800138000", JA: "+819012345678"},
	"contacts.phone.help":      {EN: "Start with + and the country code; for mainland China, 11 digits are enough.", ZH: "中国大陆 11 位手机号，或以 + 和国家代码开头的号码。", JA: "+ と国番号から入力します。中国本土の番号は 11 桁だけでも構いません。"},
	"contacts.email":           {EN: "Email address", ZH: "邮箱地址", JA: "メールアドレス"},
	"contacts.email.example":   {EN: "alice@example.com", ZH: "zhangwei@example.com", JA: "tanaka@example.com"},
	"contacts.email.help":      {EN: "One email address.", ZH: "一个邮箱地址。", JA: "メールアドレスを 1 つ入力します。"},
	"contacts.uid":             {EN: "PAI user ID", ZH: "PAI 用户 ID", JA: "PAI のユーザー ID"},
	"contacts.uid.example":     {EN: "201457962310948521", ZH: "201457962310948521", JA: "201457962310948521"},
	"contacts.uid.help":        {EN: "The ID of this person's account in PAI, for targets that reach whoever created the job.", ZH: "此人在 PAI 中的账号 ID，用于通知任务创建者。", JA: "この人の PAI アカウントの ID。ジョブの作成者に通知するために使います。"},
	"contacts.quiet.help":      {EN: "Besides those of the rules. What is not critical waits until they end; calls are left out.", ZH: "在规则的免打扰时段之外另行生效。非严重消息推迟到时段结束，语音电话则不拨打。", JA: "ルールの時間帯に加えて適用されます。重大でないものは終わるまで待ち、音声電話はかけません。"},
	"contacts.address.missing": {EN: "Enter an email address or a phone number.", ZH: "请填写邮箱地址或电话号码。", JA: "メールアドレスか電話番号を入力してください。"},
	"contacts.language":        {EN: "Language", ZH: "语言", JA: "言語"},
	"contacts.rules":           {EN: "Used by rules", ZH: "相关规则", JA: "使用しているルール"},
	"contacts.inuse":           {EN: "Rules use this contact", ZH: "仍有规则使用此联系人", JA: "この連絡先を使うルールがあります"},
	"contacts.used":            {EN: "%s is used by %s. Remove the contact from these rules first.", ZH: "联系人 %s 正由以下规则使用：%s。请先从这些规则中移除。", JA: "%s は %s で使われています。先にこれらのルールから削除してください。"},
}
