# pai-notify on AWS: a function, a role and a retry queue for each target
# type, and the rules of a workspace on its event bus. docs/terraform.md says how
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
  # A text that was sent is not to be sent again because another of a batch
  # failed: SMS and calls come one at a time.
  batch = { for type in var.types : type => contains(["sms", "voice"], type) ? 1 : 10 }
}

data "archive_file" "function" {
  for_each    = var.types
  type        = "zip"
  source_file = "${var.checkout}/build/${each.key}/bootstrap"
  output_path = "${path.root}/.terraform/pai-notify-${each.key}.zip"
}

# What each function may do, by the program that knows it.
data "external" "policy" {
  for_each = var.types
  program = [
    "sh", "-c", "policy=$(\"$0\" policy --bus aws --role \"$1\" --functions \"$2\" --region \"$3\" --account \"$4\" --name \"$5\") && printf '%s' \"$policy\" | jq -sR '{policy: .}'",
    local.program, each.key, var.prefix, local.region, local.account, var.secret,
  ]
}

resource "aws_iam_role" "function" {
  for_each = var.types
  name     = "${var.prefix}${each.key}"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "function" {
  for_each = var.types
  name     = "pai-notify"
  role     = aws_iam_role.function[each.key].id
  policy   = data.external.policy[each.key].result.policy
}

resource "aws_cloudwatch_log_group" "function" {
  for_each          = var.types
  name              = "/aws/lambda/${var.prefix}${each.key}"
  retention_in_days = var.log_retention_days
}

# What nobody could deliver, for 14 days. Nothing leaves it by itself.
resource "aws_sqs_queue" "dead_letters" {
  name                      = "${var.prefix}dead-letters"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}

# What the bus could not hand to a function.
resource "aws_sqs_queue" "bus_dead_letters" {
  name                      = "${var.prefix}bus-dead-letters"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
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

# The retry queue: ten minutes later, which is longer than DingTalk refuses for,
# then every quarter of an hour, eight times.
resource "aws_sqs_queue" "undelivered" {
  for_each                   = var.types
  name                       = "${var.prefix}${each.key}-undelivered"
  delay_seconds              = 600
  visibility_timeout_seconds = 900
  message_retention_seconds  = 1209600
  sqs_managed_sse_enabled    = true
  redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead_letters.arn, maxReceiveCount = 8 })
}

resource "aws_lambda_function" "function" {
  for_each         = var.types
  function_name    = "${var.prefix}${each.key}"
  role             = aws_iam_role.function[each.key].arn
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  filename         = data.archive_file.function[each.key].output_path
  source_code_hash = data.archive_file.function[each.key].output_base64sha256
  memory_size      = 128
  timeout          = 30

  environment {
    variables = {
      PAI_NOTIFY_ALLOW   = var.allow
      PAI_NOTIFY_SECRETS = "secretsmanager:${var.secret}#*"
    }
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
      destination = aws_sqs_queue.undelivered[each.key].arn
    }
  }
}

resource "aws_lambda_event_source_mapping" "slow_path" {
  for_each                           = var.types
  function_name                      = aws_lambda_function.function[each.key].arn
  event_source_arn                   = aws_sqs_queue.undelivered[each.key].arn
  function_response_types            = ["ReportBatchItemFailures"]
  batch_size                         = local.batch[each.key]
  maximum_batching_window_in_seconds = local.batch[each.key] == 1 ? 0 : 10

  scaling_config {
    maximum_concurrency = 2
  }
}

resource "aws_lambda_permission" "bus" {
  for_each      = var.types
  function_name = aws_lambda_function.function[each.key].function_name
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = local.rules
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  for_each            = toset([aws_sqs_queue.dead_letters.name, aws_sqs_queue.bus_dead_letters.name])
  alarm_name          = "${each.key} is not empty"
  alarm_description   = "Notifications could not be delivered: docs/deploy-aws.md says what to do."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = each.key }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = compact([var.alarm_topic_arn])
}

# What ends without a dead letter: a text or a call that was neither confirmed
# nor refused, and a failure beside what was sent in the same invocation.
resource "aws_cloudwatch_log_metric_filter" "unknown" {
  for_each       = var.types
  name           = "${var.prefix}${each.key}-unknown"
  log_group_name = aws_cloudwatch_log_group.function[each.key].name
  pattern        = "{ ($.class = \"unknown\") || ($.msg = \"notification given up\") }"

  metric_transformation {
    namespace = "pai-notify"
    name      = "${var.prefix}unknown"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "unknown" {
  alarm_name          = "${var.prefix}unknown"
  alarm_description   = "The outcome of an SMS or a call is unknown. The log says which."
  namespace           = "pai-notify"
  metric_name         = "${var.prefix}unknown"
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = compact([var.alarm_topic_arn])
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
    aws_lambda_event_source_mapping.slow_path,
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
  description = "What nobody could deliver."
  value       = aws_sqs_queue.dead_letters.url
}

output "bus_dead_letters" {
  description = "For pai-notify as --dead-letter."
  value       = aws_sqs_queue.bus_dead_letters.arn
}
