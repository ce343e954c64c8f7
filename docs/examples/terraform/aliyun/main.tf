# pai-notify on Alibaba Cloud: a function and a role for each target type, the ledger
# and the function that sends again what waits in it, the queue and the log, and the
# rules of a workspace on its event bus.
# docs/terraform.md says how it is used. It does by Terraform what s.yaml does by
# Serverless Devs, but for the function provision: the rules are applied from
# where Terraform runs.

terraform {
  required_version = ">= 1.5"
  required_providers {
    alicloud = { source = "aliyun/alicloud", version = ">= 1.240" }
    archive  = { source = "hashicorp/archive", version = ">= 2.4" }
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

variable "region" {
  description = "The workspace's region: that of the provider."
  type        = string
}

variable "prefix" {
  description = "What the names of functions, roles and the queue begin with."
  type        = string
  default     = "pai-notify-"
}

variable "types" {
  description = "The target types that the document uses; a function is made for each."
  type        = set(string)
  default     = ["dingtalk", "email", "http", "lark", "sms", "voice", "wecom"]
}

variable "secret" {
  description = "The secret of KMS that env references are read from, which pai-notify secrets push made; with store = \"file\" a file of that name in each package."
  type        = string
  default     = "pai-notify"
}

variable "store" {
  description = "kms, or file for secrets in the functions' packages."
  type        = string
  default     = "kms"
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

variable "ledger_instance" {
  description = "The instance of Tablestore that keeps the ledger, which is made where it is missing: 3 to 16 letters, digits and hyphens, unique in the region. Empty for no ledger."
  type        = string
}

variable "alarms" {
  description = "Whom alarms tell: a contact group of CloudMonitor and an action policy of Simple Log Service, both of this name. Empty for no alarms."
  type        = string
  default     = ""
}

data "alicloud_account" "this" {}

locals {
  account = data.alicloud_account.this.id
  bus     = "pai-system-${yamldecode(file(var.document)).workspace}"
  program = "${var.checkout}/build/pai-notify"
  # redeliver serves no type: it takes up what waits in the ledger.
  functions = var.ledger_instance == "" ? var.types : setunion(var.types, ["redeliver"])
  ledger    = var.ledger_instance == "" ? "" : "tablestore:https://${var.ledger_instance}.${var.region}.vpc.tablestore.aliyuncs.com/pai_notify"
  # A queue and no topic: a topic without a subscription keeps nothing.
  queue = "acs:mns:${var.region}:${local.account}:/queues/${alicloud_message_service_queue.undelivered.queue_name}"
}

data "archive_file" "function" {
  for_each         = local.functions
  type             = "zip"
  source_dir       = "${var.checkout}/build/fc/${each.key}"
  output_file_mode = "0755"
  output_path      = "${path.root}/.terraform/pai-notify-${each.key}.zip"
}

# What nobody could take, for seven days, which is the longest there is.
# Nothing leaves it by itself. A message takes 64 KB.
resource "alicloud_message_service_queue" "undelivered" {
  queue_name               = "${var.prefix}undelivered"
  message_retention_period = 604800
}

# Names of log projects are those of the whole region, whoever's they are.
resource "alicloud_log_project" "this" {
  project_name = "${trimsuffix(var.prefix, "-")}-${local.account}-${var.region}"
}

resource "alicloud_log_store" "this" {
  project_name     = alicloud_log_project.this.project_name
  logstore_name    = "functions"
  retention_period = var.log_retention_days
}

resource "alicloud_log_store_index" "this" {
  project  = alicloud_log_project.this.project_name
  logstore = alicloud_log_store.this.logstore_name

  full_text {
    token = " :,\"{}[]\n\t\r"
  }
}

# What each function may do, by the program that knows it.
data "external" "policy" {
  for_each = local.functions
  program = [
    "sh", "-c", "policy=$(\"$0\" policy --bus aliyun --role \"$1\" --functions \"$2\" --region \"$3\" --account \"$4\" --name \"$5\" --dead-letter \"$6\" --store \"$7\" --ledger \"$8\" -w \"$9\") && printf '%s' \"$policy\" | jq -sR '{policy: .}'",
    local.program, each.key, var.prefix, var.region, local.account, var.secret, local.queue, var.store, local.ledger, var.document,
  ]
}

resource "alicloud_ram_role" "function" {
  for_each  = local.functions
  role_name = "${var.prefix}${each.key}"
  assume_role_policy_document = jsonencode({
    Version   = "1"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = ["fc.aliyuncs.com"] } }]
  })
}

resource "alicloud_ram_policy" "function" {
  for_each        = local.functions
  policy_name     = "${var.prefix}${each.key}"
  policy_document = data.external.policy[each.key].result.policy
  rotate_strategy = "DeleteOldestNonDefaultVersionWhenLimitExceeded"
}

resource "alicloud_ram_role_policy_attachment" "function" {
  for_each    = local.functions
  role_name   = alicloud_ram_role.function[each.key].role_name
  policy_name = alicloud_ram_policy.function[each.key].policy_name
  policy_type = "Custom"
}

resource "alicloud_fcv3_function" "function" {
  for_each      = local.functions
  function_name = "${var.prefix}${each.key}"
  role          = alicloud_ram_role.function[each.key].arn
  runtime       = "go1"
  handler       = "bootstrap"
  cpu           = each.key == "redeliver" ? 0.1 : 0.05
  memory_size   = each.key == "redeliver" ? 256 : 128
  disk_size     = 512
  timeout       = each.key == "redeliver" ? 60 : 30

  code {
    zip_file = filebase64(data.archive_file.function[each.key].output_path)
  }

  environment_variables = merge(
    { PAI_NOTIFY_LEDGER = local.ledger, PAI_NOTIFY_SERVED_BUS = local.bus },
    each.key == "redeliver" ? {} : { PAI_NOTIFY_ALLOW = var.allow, PAI_NOTIFY_SECRETS = "${var.store}:${var.secret}#*" },
  )

  # Outcomes are recorded in the log, without a ledger nowhere else.
  log_config {
    project  = alicloud_log_project.this.project_name
    logstore = alicloud_log_store.this.logstore_name
  }

  depends_on = [alicloud_ram_role_policy_attachment.function]
}

# As many retries as there may be: how long Function Compute waits between them
# is not documented, and DingTalk refuses for ten minutes at a time.
resource "alicloud_fcv3_async_invoke_config" "function" {
  for_each                       = local.functions
  function_name                  = alicloud_fcv3_function.function[each.key].function_name
  qualifier                      = "LATEST"
  max_async_retry_attempts       = 8
  max_async_event_age_in_seconds = 21600

  destination_config {
    on_failure {
      # What redeliver cannot take either stays in the queue.
      destination = local.ledger == "" || each.key == "redeliver" ? "${local.queue}/messages" : "acs:fc:${var.region}:${local.account}:functions/${var.prefix}redeliver"
    }
  }

  depends_on = [alicloud_fcv3_function.function]
}

resource "alicloud_fcv3_trigger" "minute" {
  count          = local.ledger == "" ? 0 : 1
  function_name  = alicloud_fcv3_function.function["redeliver"].function_name
  trigger_name   = "minute"
  trigger_type   = "timer"
  qualifier      = "LATEST"
  trigger_config = jsonencode({ cronExpression = "@every 1m", enable = true, payload = "" })
}

# The rules come after the functions and go before them. Who applies them makes the
# ledger and the alarms, too.
resource "terraform_data" "rules" {
  triggers_replace = [filesha256(var.document), filesha256(local.program), var.prefix, local.queue, local.ledger, var.alarms]

  provisioner "local-exec" {
    command = "\"$PROGRAM\" apply -w \"$DOCUMENT\" --bus aliyun --region \"$REGION\" --functions \"$PREFIX\" --dead-letter \"$QUEUE\" --ledger \"$LEDGER\" --alarms \"$ALARMS\" --yes"
    environment = {
      PROGRAM  = local.program
      DOCUMENT = var.document
      REGION   = var.region
      PREFIX   = var.prefix
      QUEUE    = local.queue
      LEDGER   = local.ledger
      ALARMS   = var.alarms
    }
  }

  depends_on = [alicloud_fcv3_async_invoke_config.function]
}

# A changed document changes rules in place, so what removes them is a resource of
# its own. It keeps the document of the last time, for a workspace that got
# another name has another bus.
resource "terraform_data" "removal" {
  triggers_replace = [local.bus, var.prefix]
  input            = { program = local.program, document = file(var.document), region = var.region, prefix = var.prefix }

  provisioner "local-exec" {
    when    = destroy
    command = "printf '%s' \"$DOCUMENT\" | \"$PROGRAM\" delete -w - --bus aliyun --region \"$REGION\" --functions \"$PREFIX\" --yes"
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

output "undelivered" {
  description = "The queue of what could not be delivered, for pai-notify as --dead-letter."
  value       = local.queue
}
