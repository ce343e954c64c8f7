package email

import "github.com/pai-notify/pai-notify/shared/message"

// advice returns all that follows, and what the table has.
func advice() []message.Text {
	all := []message.Text{noLoginAdvice, oauthAdvice, mechanismAdvice, noTLSAdvice, handshakeAdvice, unreachableAdvice, silentAdvice, notSMTPAdvice, brokenAdvice, unknownAdvice}
	for _, r := range rows() {
		all = append(all, r.Advice)
	}
	return all
}

var (
	loginAdvice = message.Text{
		EN: "The server refuses the login: check username and SMTP password. DirectMail sets one for each sender address; SES makes its own, which is not the secret access key.",
		ZH: "服务器拒绝登录：请检查用户名和 SMTP 密码。邮件推送须为每个发信地址单独设置 SMTP 密码；SES 的 SMTP 密码不是 Secret Access Key。",
		JA: "サーバーがログインを拒否しました。ユーザー名と SMTP パスワードを確認してください。DirectMail は送信アドレスごとに設定し、SES の SMTP パスワードはシークレットアクセスキーとは異なります。",
	}
	noLoginAdvice = message.Text{
		EN: "The server takes no login here: use its submission port (465 or 587), or leave the password out when it needs none.",
		ZH: "该端口不支持登录：请使用提交端口（465 或 587）；若服务器无需登录，请去掉 password。",
		JA: "このポートはログインを受け付けません。送信用ポート（465 か 587）を使うか、不要なら password を外してください。",
	}
	oauthAdvice = message.Text{
		EN: "The server takes no password, only OAuth: switch on SMTP AUTH or an app password for the account, or use a server that takes a password, such as DirectMail or SES.",
		ZH: "服务器只支持 OAuth，不接受密码：请为该账号开启 SMTP AUTH 或应用专用密码，或改用支持密码的服务器，例如邮件推送 DirectMail 或 SES。",
		JA: "サーバーは OAuth のみで、パスワードを受け付けません。SMTP AUTH かアプリパスワードを有効にするか、DirectMail や SES などパスワードで使えるサーバーに変えてください。",
	}
	mechanismAdvice = message.Text{
		EN: "The server takes none of the login methods PLAIN, LOGIN and CRAM-MD5 here: have one of them allowed, or use another port or server.",
		ZH: "服务器在此不接受 PLAIN、LOGIN、CRAM-MD5 中的任何登录方式：请开启其中一种，或改用其他端口或服务器。",
		JA: "サーバーはここで PLAIN、LOGIN、CRAM-MD5 のいずれのログイン方式も受け付けません。どれかを有効にするか、別のポートかサーバーを使ってください。",
	}
	basicAdvice = message.Text{
		EN: "Login by password (basic authentication) is switched off for this account or organisation: have SMTP AUTH switched on, or use another SMTP server, such as DirectMail or SES.",
		ZH: "该账号或组织已关闭密码登录（基本身份验证）：请管理员开启 SMTP AUTH，或改用其他 SMTP 服务器，例如邮件推送 DirectMail 或 SES。",
		JA: "このアカウントまたは組織ではパスワードでのログイン（基本認証）が無効です。SMTP AUTH を有効にしてもらうか、DirectMail や SES など別の SMTP サーバーを使ってください。",
	}
	tooManyLoginsAdvice = message.Text{
		EN: "The server limits logins; it is tried again in an hour. If it goes on, check username and password: some servers say this of a wrong one too.",
		ZH: "服务器限制登录次数，一小时后重试。若持续出现，请检查用户名和密码：部分服务器在密码错误时也返回此提示。",
		JA: "サーバーがログイン回数を制限しています。1 時間後に再試行します。続く場合はユーザー名とパスワードを確認してください。誤りでも同じ応答を返すサーバーがあります。",
	}
	noTLSAdvice = message.Text{
		EN: "The connection cannot be secured on this port, and mail is not sent without TLS: use port 465, or tls: none for a relay in your own network that asks for no login.",
		ZH: "该端口无法建立 TLS，邮件不会以明文发送：请使用 465 端口；内网中无需登录的中继可设置 tls: none。",
		JA: "このポートでは TLS を使えず、平文では送信しません。465 番ポートを使ってください。社内のログイン不要の中継サーバーなら tls: none を設定できます。",
	}
	handshakeAdvice = message.Text{
		EN: "TLS with the server failed: it must offer TLS 1.2 or later. If this port begins without TLS, set tls: starttls; if it begins with TLS, tls: implicit.",
		ZH: "与服务器的 TLS 握手失败：服务器须支持 TLS 1.2 及以上。若该端口不直接使用 TLS，请设置 tls: starttls；若直接使用 TLS，请设置 tls: implicit。",
		JA: "サーバーとの TLS に失敗しました。TLS 1.2 以上が必要です。最初から TLS でないポートなら tls: starttls、最初から TLS なら tls: implicit を設定してください。",
	}
	unreachableAdvice = message.Text{
		EN: "The server cannot be reached: check host and port. Clouds block port 25; 465 is open.",
		ZH: "无法连接服务器：请检查主机和端口。云上通常封禁 25 端口，请使用 465。",
		JA: "サーバーに接続できません。ホストとポートを確認してください。クラウドでは 25 番が遮断されるため、465 を使ってください。",
	}
	silentAdvice = message.Text{
		EN: "The server does not greet: this port may begin with TLS. Set tls: implicit, or check host and port.",
		ZH: "服务器没有响应问候：该端口可能直接使用 TLS。请设置 tls: implicit，或检查主机和端口。",
		JA: "サーバーが応答しません。最初から TLS を使うポートかもしれません。tls: implicit を設定するか、ホストとポートを確認してください。",
	}
	notSMTPAdvice = message.Text{
		EN: "What answers there is not an SMTP server: check host and port.",
		ZH: "该地址不是 SMTP 服务器：请检查主机和端口。",
		JA: "応答したのは SMTP サーバーではありません。ホストとポートを確認してください。",
	}
	unwelcomeAdvice = message.Text{
		EN: "The server refuses connections from here: ask its operator to allow the function's address, or use a provider that goes by login.",
		ZH: "服务器拒绝来自此处的连接：请联系其管理员放行函数的出口 IP，或改用凭登录发信的服务商。",
		JA: "サーバーがここからの接続を拒否しています。管理者に関数のアドレスの許可を依頼するか、ログインで送れる事業者を使ってください。",
	}
	busyAdvice = message.Text{
		EN: "The server cannot take the mail now and asks to try again; it will be.",
		ZH: "服务器暂时无法接收，要求稍后重试；系统会自动重试。",
		JA: "サーバーが一時的に受け付けられません。自動的に再試行します。",
	}
	greyAdvice = message.Text{
		EN: "The server puts an unknown sender off for some minutes, and the mail is sent again then. Having the sender listed there ends it.",
		ZH: "服务器对陌生发件人暂时拒收（灰名单），稍后会重新发送；将发件人加入其白名单可避免。",
		JA: "未知の送信者が一時的に拒否されました（グレーリスト）。後で再送します。許可リストへの登録で解消できます。",
	}
	quotaAdvice = message.Text{
		EN: "The account's sending quota of the hour or day is used up; the mail is sent again later. Send less, or ask the provider for more.",
		ZH: "账号的小时或当日发信额度已用完，稍后会重新发送。请减少发送，或向服务商申请提高额度。",
		JA: "アカウントの 1 時間または 1 日の送信上限に達しました。後で再送します。送信を減らすか、上限の引き上げを依頼してください。",
	}
	fastAdvice = message.Text{
		EN: "The server limits how often this sender or address sends; the mail is sent again later. Narrow the rule, or ask the provider for a higher limit.",
		ZH: "服务器限制该发件人或 IP 的发信频率，稍后会重新发送。请收窄规则，或向服务商申请提高限额。",
		JA: "サーバーがこの送信者または IP の送信頻度を制限しています。後で再送します。ルールを絞るか、上限の引き上げを依頼してください。",
	}
	rateAdvice = message.Text{
		EN: "The provider takes the number of mails for spam: narrow the rule, and ask the provider if it goes on.",
		ZH: "服务商因发信过多判定为垃圾行为：请收窄规则；若持续出现请联系服务商。",
		JA: "送信数が多く、スパムと判定されました。ルールを絞り、続く場合は事業者に問い合わせてください。",
	}
	senderAdvice = message.Text{
		EN: "The server does not let this login send as the address in from: verify the address or its domain with the provider, or use the one of the login.",
		ZH: "服务器不允许以 from 中的地址发信：请在服务商处验证该地址或域名，或改用登录账号的地址。",
		JA: "from のアドレスでの送信が許可されていません。アドレスかドメインを事業者で検証するか、ログインのアドレスを使ってください。",
	}
	receiverAdvice = message.Text{
		EN: "The receiver's address does not take mail: check the contact's address.",
		ZH: "收件人地址无法接收邮件：请检查联系人的邮箱地址。",
		JA: "宛先のアドレスが受信できません。連絡先のメールアドレスを確認してください。",
	}
	fullAdvice = message.Text{
		EN: "The receiver's mailbox is full: the contact has to make room.",
		ZH: "收件人邮箱已满：请联系人清理邮箱。",
		JA: "宛先のメールボックスが満杯です。空きを作る必要があります。",
	}
	sizeAdvice = message.Text{
		EN: "The server takes smaller mails only than this one of at most 150 KB: ask its operator.",
		ZH: "邮件不超过 150 KB，但仍超出服务器限制：请联系其管理员。",
		JA: "150 KB 以下のメールですが、サーバーの上限を超えています。管理者に問い合わせてください。",
	}
	relayAdvice = message.Text{
		EN: "The server does not pass mail on for this sender: give username and password, or use the provider's SMTP server.",
		ZH: "服务器不为该发件人转发邮件：请填写用户名和密码，或使用服务商的 SMTP 服务器。",
		JA: "サーバーがこの送信者のメールを中継しません。ユーザー名とパスワードを設定するか、事業者の SMTP サーバーを使ってください。",
	}
	policyAdvice = message.Text{
		EN: "The server's policy refuses the mail: check the sender's SPF, DKIM and DMARC, and that the provider has not blocked the account or the receiver.",
		ZH: "服务器策略拒收：请检查发件域名的 SPF、DKIM 和 DMARC，并确认服务商未封禁账号或收件人。",
		JA: "サーバーのポリシーで拒否されました。SPF、DKIM、DMARC と、アカウントや宛先が停止されていないかを確認してください。",
	}
	otherAdvice = message.Text{
		EN: "The server refuses the mail for good: its own words say why.",
		ZH: "服务器永久拒绝该邮件：原因见服务器返回的文字。",
		JA: "サーバーがメールを恒久的に拒否しました。理由はサーバーの応答を確認してください。",
	}
	brokenAdvice = message.Text{
		EN: "The server broke off in the middle; the mail was not handed over. If it goes on, see the provider's status.",
		ZH: "服务器中途断开，邮件尚未交付。若持续出现，请查看服务商状态。",
		JA: "サーバーが途中で切断し、メールは渡されていません。続く場合は事業者の稼働状況を確認してください。",
	}
	unknownAdvice = message.Text{
		EN: "The mail may have been taken. It is sent again with the same Message-ID, so many mail programs show it once.",
		ZH: "邮件可能已被接收。重发时使用相同的 Message-ID，许多邮件客户端只显示一封。",
		JA: "メールは受け付けられた可能性があります。同じ Message-ID で再送するため、多くのメールソフトでは 1 通だけ表示されます。",
	}
)
