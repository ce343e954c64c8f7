# pai-notify on AWS: a function and a role for each target type, the ledger and the
# function that sends again what waits in it, and the rules of a workspace on its
# event bus. docs/terraform.md says how
# it is used. It does by Terraform what template.yaml does by CloudFormation, but
# for the function provision: the rules are applied from where Terraform runs.

terraform {
  required_version = ">= 1.5"
  required_providers {
    archive  = { source = "hashicorp/archive", version = ">= 2.4" }
    aws      = { source = "hashicorp/aws", version = ">= 5.80" }
    external = { source = "hashicorp/external", version = ">= 2.3" }
  }
}

variable "checkout" {
  description = "Directory of pai-notify, after make build."
  type        = string
  default     = "../../../.."
}

variable "document" {
  description = "The workspace document."
  type        = string
  default     = "workspace.yaml"
}

variable "prefix" {
  description = "What the names of functions, roles and queues begin with."
  type        = string
  default     = "pai-notify-"
}

variable "types" {
  description = "The target types that the document uses; a function is made for each."
  type        = set(string)
  default     = ["dingtalk", "email", "http", "lark", "sms", "voice", "wecom"]
}

variable "secret" {
  description = "The secret of Secrets Manager that env references are read from, which pai-notify secrets push made."
  type        = string
  default     = "pai-notify/pai-notify"
}

variable "allow" {
  description = "Receivers inside your network that may be reached, such as 10.1.0.0/16."
  type        = string
  default     = ""
}

variable "log_retention_days" {
  type    = number
  default = 30
}

variable "alarm_topic_arn" {
  description = "An SNS topic that hears of what could not be delivered; empty for none."
  type        = string
  default     = ""
}

data "aws_caller_identity" "this" {}
data "aws_region" "this" {}
data "aws_partition" "this" {}

locals {
  # Only the bus of the document's workspace may invoke the functions.
  bus = "pai-system-${yamldecode(file(var.document)).workspace}"
  # Of the provider, version 5 calls it name and version 6 region.
  region  = try(data.aws_region.this.region, data.aws_region.this.name)
  account = data.aws_caller_identity.this.account_id
  program = "${var.checkout}/build/pai-notify"
  rules   = "arn:${data.aws_partition.this.partition}:events:${local.region}:${local.account}:rule/${local.bus}/*"
  # redeliver serves no type: it takes up what waits.
  functions = setunion(var.types, ["redeliver"])
}

data "archive_file" "function" {
  for_each    = local.functions
  type        = "zip"
  source_file = "${var.checkout}/build/lambda/${each.key}/bootstrap"
  output_path = "${path.root}/.terraform/pai-notify-${each.key}.zip"
}

# What each function may do, by the program that knows it.
data "external" "policy" {
  for_each = local.functions
  program = [
    "sh", "-c", "policy=$(\"$0\" policy --bus aws --role \"$1\" --functions \"$2\" --region \"$3\" --account \"$4\" --name \"$5\" --ledger \"dynamodb:$2ledger\" -w \"$6\") && printf '%s' \"$policy\" | jq -sR '{policy: .}'",
    local.program, each.key, var.prefix, local.region, local.account, var.secret, var.document,
  ]
}

# A row for each notification: who sends it, until when it waits, how it ended.
resource "aws_dynamodb_table" "ledger" {
  name         = "${var.prefix}ledger"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "pk"

  attribute {
    name = "pk"
    type = "S"
  }

  attribute {
    name = "at"
    type = "S"
  }

  attribute {
    name = "due"
    type = "S"
  }

  attribute {
    name = "job"
    type = "S"
  }

  attribute {
    name = "month"
    type = "S"
  }

  attribute {
    name = "open"
    type = "S"
  }

  global_secondary_index {
    name            = "open"
    hash_key        = "open"
    range_key       = "due"
    projection_type = "KEYS_ONLY"
  }

  global_secondary_index {
    name            = "time"
    hash_key        = "month"
    range_key       = "at"
    projection_type = "KEYS_ONLY"
  }

  global_secondary_index {
    name            = "job"
    hash_key        = "job"
    range_key       = "at"
    projection_type = "KEYS_ONLY"
  }

  ttl {
    attribute_name = "expires"
    enabled        = true
  }
}

resource "aws_iam_role" "function" {
  for_each = local.functions
  name     = "${var.prefix}${each.key}"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "function" {
  for_each = local.functions
  name     = "pai-notify"
  role     = aws_iam_role.function[each.key].id
  policy   = data.external.policy[each.key].result.policy
}

resource "aws_cloudwatch_log_group" "function" {
  for_each          = local.functions
  name              = "/aws/lambda/${var.prefix}${each.key}"
  retention_in_days = var.log_retention_days
}

# Records that redeliver could not take, for 14 days. Nothing leaves it by itself.
resource "aws_sqs_queue" "dead_letters" {
  name                      = "${var.prefix}dead-letters"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}

# What the bus could not hand to a function, for redeliver to take up.
resource "aws_sqs_queue" "bus_dead_letters" {
  name                       = "${var.prefix}bus-dead-letters"
  visibility_timeout_seconds = 360
  message_retention_seconds  = 1209600
  sqs_managed_sse_enabled    = true
}

resource "aws_sqs_queue_policy" "bus_dead_letters" {
  queue_url = aws_sqs_queue.bus_dead_letters.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sqs:SendMessage"
      Principal = { Service = "events.amazonaws.com" }
      Resource  = aws_sqs_queue.bus_dead_letters.arn
      Condition = { ArnLike = { "aws:SourceArn" = local.rules } }
    }]
  })
}

# What Lambda's own retries could not deliver, for redeliver to take up: each six
# minutes again, for six hours.
resource "aws_sqs_queue" "undelivered" {
  name                       = "${var.prefix}undelivered"
  visibility_timeout_seconds = 360
  message_retention_seconds  = 1209600
  sqs_managed_sse_enabled    = true
  redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead_letters.arn, maxReceiveCount = 60 })
}

resource "aws_iam_role_policy" "bus_dead_letters" {
  name = "bus-dead-letters"
  role = aws_iam_role.function["redeliver"].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage"]
      Resource = aws_sqs_queue.bus_dead_letters.arn
    }]
  })
}

resource "aws_lambda_function" "function" {
  for_each         = local.functions
  function_name    = "${var.prefix}${each.key}"
  role             = aws_iam_role.function[each.key].arn
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  filename         = data.archive_file.function[each.key].output_path
  source_code_hash = data.archive_file.function[each.key].output_base64sha256
  memory_size      = each.key == "redeliver" ? 256 : 128
  timeout          = each.key == "redeliver" ? 60 : 30

  environment {
    variables = merge(
      { PAI_NOTIFY_LEDGER = "dynamodb:${aws_dynamodb_table.ledger.name}", PAI_NOTIFY_SERVED_BUS = local.bus },
      each.key == "redeliver" ? { PAI_NOTIFY_UNDELIVERED = "${aws_sqs_queue.undelivered.url},${aws_sqs_queue.bus_dead_letters.url}" } : { PAI_NOTIFY_ALLOW = var.allow, PAI_NOTIFY_SECRETS = "secretsmanager:${var.secret}#*" },
    )
  }

  # A function without its policy would fail at the first event.
  depends_on = [aws_iam_role_policy.function, aws_cloudwatch_log_group.function]
}

resource "aws_lambda_function_event_invoke_config" "function" {
  for_each                     = var.types
  function_name                = aws_lambda_function.function[each.key].function_name
  maximum_retry_attempts       = 2
  maximum_event_age_in_seconds = 21600

  destination_config {
    on_failure {
      destination = aws_sqs_queue.undelivered.arn
    }
  }
}

# The next minute is its repetition.
resource "aws_lambda_function_event_invoke_config" "redeliver" {
  function_name                = aws_lambda_function.function["redeliver"].function_name
  maximum_retry_attempts       = 0
  maximum_event_age_in_seconds = 60
}

resource "aws_cloudwatch_event_rule" "minute" {
  name                = "${var.prefix}redeliver"
  description         = "Has ${var.prefix}redeliver send what is due."
  schedule_expression = "rate(1 minute)"
}

resource "aws_cloudwatch_event_target" "minute" {
  rule = aws_cloudwatch_event_rule.minute.name
  arn  = aws_lambda_function.function["redeliver"].arn
}

resource "aws_lambda_permission" "minute" {
  function_name = aws_lambda_function.function["redeliver"].function_name
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.minute.arn
}

resource "aws_lambda_permission" "bus" {
  for_each      = var.types
  function_name = aws_lambda_function.function[each.key].function_name
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = local.rules
}

# A notification that nobody tries again; and what the ledger did not answer for.
resource "aws_cloudwatch_log_metric_filter" "unknown" {
  for_each       = local.functions
  name           = "${var.prefix}${each.key}-unknown"
  log_group_name = aws_cloudwatch_log_group.function[each.key].name
  pattern        = "{ ($.class = \"unknown\") || ($.msg = \"notification given up\") }"

  metric_transformation {
    namespace = "pai-notify"
    name      = "${var.prefix}unknown"
    value     = "1"
  }
}

resource "aws_cloudwatch_log_metric_filter" "unrecorded" {
  for_each       = var.types
  name           = "${var.prefix}${each.key}-unrecorded"
  log_group_name = aws_cloudwatch_log_group.function[each.key].name
  pattern        = "{ ($.unguarded IS TRUE) || ($.msg = \"notification sent but not recorded\") }"

  metric_transformation {
    namespace = "pai-notify"
    name      = "${var.prefix}unrecorded"
    value     = "1"
  }
}

# redeliver says each minute what is overdue. Where it says nothing, it does not run.
resource "aws_cloudwatch_log_metric_filter" "overdue" {
  name           = "${var.prefix}overdue"
  log_group_name = aws_cloudwatch_log_group.function["redeliver"].name
  pattern        = "{ ($.msg = \"redeliver\") && ($.overdue >= 0) }"

  metric_transformation {
    namespace = "pai-notify"
    name      = "${var.prefix}overdue"
    value     = "$.overdue"
  }
}

# What alarms, and what it means. Each has the prefix before its name.
locals {
  filled = { namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum", text = "Notifications could not be delivered: docs/deploy-aws.md says what to do." }
  logged = { namespace = "pai-notify", dimensions = {}, statistic = "Sum" }
  alarms = merge(
    {
      dead-letters     = merge(local.filled, { dimensions = { QueueName = aws_sqs_queue.dead_letters.name } })
      bus-dead-letters = merge(local.filled, { dimensions = { QueueName = aws_sqs_queue.bus_dead_letters.name } })
      # From its third receipt on, which is after 13 minutes, SQS does not count a
      # record that comes back as the oldest.
      undelivered = {
        namespace  = "AWS/SQS"
        metric     = "ApproximateAgeOfOldestMessage"
        dimensions = { QueueName = aws_sqs_queue.undelivered.name }
        statistic  = "Maximum"
        threshold  = 600
        text       = "redeliver does not take up what failed. Its log says why."
      }
      unknown    = merge(local.logged, { metric = "${var.prefix}unknown", text = "A notification is dead, or the outcome of an SMS or a call is unknown: pai-notify dead list says which." })
      unrecorded = merge(local.logged, { metric = "${var.prefix}unrecorded", text = "The ledger did not answer, so a message may arrive twice." })
      overdue    = merge(local.logged, { metric = "${var.prefix}overdue", statistic = "Minimum", missing = "breaching", text = "Notifications wait that should have been sent, or redeliver does not run." })
    },
    # Lambda could not put a record into the queue. It is lost.
    { for type in var.types : "${type}-lost" => {
      namespace  = "AWS/Lambda"
      metric     = "DestinationDeliveryFailures"
      dimensions = { FunctionName = aws_lambda_function.function[type].function_name }
      statistic  = "Sum"
      text       = "Lambda could not keep an undelivered notification. It is lost: the log has it."
    } },
  )
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each            = local.alarms
  alarm_name          = "${var.prefix}${each.key}"
  alarm_description   = each.value.text
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = 300
  evaluation_periods  = 1
  threshold           = try(each.value.threshold, 0)
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = try(each.value.missing, "notBreaching")
  alarm_actions       = compact([var.alarm_topic_arn])
}

# Of v0.1. A new alarm of the same name would be deleted with the old one.
moved {
  from = aws_cloudwatch_metric_alarm.unknown
  to   = aws_cloudwatch_metric_alarm.this["unknown"]
}

# The rules come after the functions and go before them.
resource "terraform_data" "rules" {
  triggers_replace = [filesha256(var.document), filesha256(local.program), var.prefix, aws_sqs_queue.bus_dead_letters.arn]

  provisioner "local-exec" {
    command = "\"$PROGRAM\" apply -w \"$DOCUMENT\" --bus aws --region \"$REGION\" --functions \"$PREFIX\" --dead-letter \"$QUEUE\" --yes"
    environment = {
      PROGRAM  = local.program
      DOCUMENT = var.document
      REGION   = local.region
      PREFIX   = var.prefix
      QUEUE    = aws_sqs_queue.bus_dead_letters.arn
    }
  }

  depends_on = [
    aws_lambda_function_event_invoke_config.function,
    aws_lambda_permission.bus,
    aws_sqs_queue_policy.bus_dead_letters,
  ]
}

# A changed document changes rules in place, so what removes them is a resource of
# its own. It keeps the document of the last time, for a workspace that got
# another name has another bus.
resource "terraform_data" "removal" {
  triggers_replace = [local.bus, var.prefix]
  input            = { program = local.program, document = file(var.document), region = local.region, prefix = var.prefix }

  provisioner "local-exec" {
    when    = destroy
    command = "printf '%s' \"$DOCUMENT\" | \"$PROGRAM\" delete -w - --bus aws --region \"$REGION\" --functions \"$PREFIX\" --yes"
    environment = {
      PROGRAM  = self.output.program
      DOCUMENT = self.output.document
      REGION   = self.output.region
      PREFIX   = self.output.prefix
    }
  }

  depends_on = [terraform_data.rules]
}

output "bus" {
  value = local.bus
}

output "dead_letters" {
  description = "What redeliver could not take up."
  value       = aws_sqs_queue.dead_letters.url
}

output "bus_dead_letters" {
  description = "For pai-notify as --dead-letter."
  value       = aws_sqs_queue.bus_dead_letters.arn
}

output "ledger" {
  description = "For pai-notify as --ledger."
  value       = "dynamodb:${aws_dynamodb_table.ledger.name}"
}
