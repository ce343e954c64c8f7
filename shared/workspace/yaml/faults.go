package yaml

import "github.com/pai-notify/pai-notify/shared/message"

var (
	notYAML = message.Sentence{Code: "not-yaml", Text: message.Text{
		EN: "not YAML: {what}", ZH: "不是有效的 YAML：{what}", JA: "YAML として読み取れません：{what}",
	}}
	secondDocument = message.Sentence{Code: "second-document", Text: message.Text{
		EN: `a second document starts here: keep one workspace per file, without "---" between`,
		ZH: `此处开始了第二个文档：每个文件只写一个工作空间，中间不要有 "---"`,
		JA: `ここから 2 つ目のドキュメントが始まっています：1 つのファイルにはワークスペースを 1 つだけ書き、"---" で区切らないでください`,
	}}
)

// fault is what errors of the library that begin alike mean. Nothing of the
// document is in them: the name of an alias may be the beginning of a secret.
type fault struct {
	begins string
	message.Sentence
}

// faults are the errors of the library's scanner and parser, the last for any other.
var faults = []fault{
	means("unknown anchor", "unknown-alias",
		"an alias (*) names an anchor (&) that the document does not define before it; a text that starts with * needs quotes",
		"别名（*）引用的锚点（&）在此之前没有定义；以 * 开头的文本需要加引号",
		"エイリアス（*）が指すアンカー（&）がそれより前で定義されていません。* で始まる文字列は引用符で囲みます"),
	means("found a tab character", "tab", "a tab indents this line: indent with spaces", "此行用制表符缩进：请改用空格", "この行はタブで字下げされています：スペースを使ってください"),
	means("found character that cannot start", "bad-start",
		"no value can start with the character that stands here: a text that starts with @, ` or % needs quotes, and a tab cannot indent",
		"值不能以此处的字符开头：以 @、` 或 % 开头的文本需要加引号；不能用制表符缩进",
		"ここにある文字で値を始めることはできません：@、`、% で始まる文字列は引用符で囲みます。タブで字下げすることもできません"),
	means("mapping values are not allowed", "colon",
		`a colon stands where none is expected: put a text that has ": " in it in quotes, and check the indentation`,
		`此处不应有冒号：含有 ": " 的文本需要加引号，并请检查缩进`,
		`ここにコロンは置けません：": " を含む文字列は引用符で囲み、字下げを確認してください`),
	means("block sequence entries are not allowed", "dash",
		`"- " stands where no list is expected: start the list on a line of its own, and put a text that starts with "- " in quotes`,
		`此处不应有 "- "：列表请另起一行；以 "- " 开头的文本需要加引号`,
		`ここに "- " は置けません：リストは次の行から始め、"- " で始まる文字列は引用符で囲みます`),
	means("did not find expected key", "key", "this line does not fit what is above it: check its indentation, and the quotes above it", "此行与上文不一致：请检查缩进以及上文的引号", "この行は上の内容とつながりません：字下げと、上の行の引用符を確認してください"),
	means("did not find expected '-' indicator", "no-dash",
		`this line is no entry of the list above it: start it with "- ", or check its indentation`,
		`此行不是上方列表的条目：请以 "- " 开头，或检查缩进`,
		`この行は上のリストの項目になっていません："- " で始めるか、字下げを確認してください`),
	means("did not find expected ',' or ']'", "open-list", "a list that begins here has no end: close it with ], and separate its entries by commas", "从此处开始的列表没有结束：请用 ] 结尾，并用逗号分隔各项", "ここから始まるリストが閉じられていません：] で閉じ、項目をコンマで区切ってください"),
	means("did not find expected ',' or '}'", "open-object", "an object that begins here has no end: close it with }, and separate its keys by commas", "从此处开始的对象没有结束：请用 } 结尾，并用逗号分隔各键", "ここから始まるオブジェクトが閉じられていません：} で閉じ、キーをコンマで区切ってください"),
	means("could not find expected ':'", "no-colon", `this line is not of the form "key: value": add the colon, or check the quotes and the indentation`, `此行不是 "key: value" 的形式：请补上冒号，或检查引号和缩进`, `この行は "key: value" の形になっていません：コロンを補うか、引用符と字下げを確認してください`),
	means("found unexpected end of stream", "open-quote", "a quote that begins here has no end: close it", "从此处开始的引号没有结束：请补上", "ここから始まる引用符が閉じられていません：閉じてください"),
	means("found unexpected document indicator", "open-quote", "a quote that begins here has no end: close it", "从此处开始的引号没有结束：请补上", "ここから始まる引用符が閉じられていません：閉じてください"),
	means("found unknown escape character", "escape", `\ stands before a character that it cannot precede: write \\ for \, or use single quotes`, `\ 后面的字符无效：表示 \ 请写 \\，或改用单引号`, `\ の後の文字が正しくありません：\ は \\ と書くか、一重引用符を使ってください`),
	means("control characters", "control-character", "it has a control character: remove it, or write it as an escape in double quotes", "含有控制字符：请删除，或在双引号中用转义表示", "制御文字が含まれています：削除するか、二重引用符の中でエスケープして書いてください"),
	means("found incompatible YAML", "yaml-version", "the document asks for another version of YAML: leave the %YAML line out", "文档要求其他版本的 YAML：请删除 %YAML 行", "ドキュメントがほかのバージョンの YAML を指定しています：%YAML の行を削除してください"),
	means("exceeded max depth", "too-deep", "is nested too deeply", "嵌套过深", "入れ子が深すぎます"),
	means("", "syntax", "check the indentation, brackets and quotes here", "请检查此处的缩进、括号和引号", "ここの字下げ、括弧、引用符を確認してください"),
}

func means(begins, code, en, zh, ja string) fault {
	return fault{begins, message.Sentence{Code: code, Text: message.Text{EN: en, ZH: zh, JA: ja}}}
}
